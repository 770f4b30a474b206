// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

extension HostName {
    /// Reads what `--host` was given.
    public init(option written: String) throws(Failure) {
        do throws(HostNameError) {
            try self.init(written)
        } catch {
            throw Failure(error.description, hint: error.hint, code: .usage)
        }
    }
}
