// SPDX-License-Identifier: Apache-2.0

/// Which of several servers of one chat to connect to: the one that was asked for, or one that it has named.
///
/// None of them is trusted more for it: each has to prove that it is the one that was asked for.
struct OtherServers {
    typealias Address = (host: String, port: UInt16)

    private var others: [Address] = []
    /// The place in `others` of the one that is tried; nil for the one that was asked for.
    private var current: Int?

    /// Where to connect; nil for where one was told to at first.
    var dialled: Address? { current.map { others[$0] } }

    var isEmpty: Bool { others.isEmpty }

    /// A server has named the others that are there: of these one is chosen when it is lost.
    ///
    /// - Parameter random: so that not all of a server's people come to the same one.
    mutating func learn(_ addresses: [String], using random: inout some RandomNumberGenerator) {
        let here = dialled
        let named = addresses.compactMap(Self.address).filter { named in here.map { $0 != named } ?? true }
        others = (here.map { [$0] } ?? []) + named.shuffled(using: &random)
        current = here == nil ? nil : 0
    }

    /// The one that was tried is lost, or cannot be reached: the next one, in turn.
    mutating func next() {
        let next = current.map { $0 + 1 } ?? 0
        current = next < others.count ? next : nil
    }

    /// The one that was tried is not what it should be: it is not tried again.
    ///
    /// False if it is the one that was asked for.
    mutating func forgetCurrent() -> Bool {
        guard let current else { return false }
        others.remove(at: current)
        self.current = nil
        return true
    }

    /// Reads `host:port`, with an IPv6 address in brackets; nil for anything else.
    static func address(_ text: String) -> Address? {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let colon = text.lastIndex(of: ":"),
            text[text.index(after: colon)...].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }
}
