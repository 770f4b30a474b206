// SPDX-License-Identifier: Apache-2.0

package import SnugLab
internal import SnugSystem

extension LabFolder {
    /// The command that makes another server certificate by the authority in the folder.
    package var renewal: String {
        "\(Self.makeCertificates(in: path)) --renew"
    }

    /// The command that makes everything, in a folder in which nothing is replaced: `wish` if possible.
    package static func making(in wish: LabFolder?) -> String {
        let folders = [wish?.path ?? "certs", "certs"] + (2...99).map { "certs-\($0)" }
        let free = folders.first { folder in !File.allCases.contains { LabFolder(path: folder).has($0) } }
        return makeCertificates(in: free ?? "new-certs")
    }

    private static func makeCertificates(in folder: String) -> String {
        "\(CallableProgram.command("snug-server")) make-certs --out \(ShellWord.quoted(folder))"
    }
}
