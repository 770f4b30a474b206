// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport

/// Connections from many addresses, each opened again as soon as the server drops it.
final class DoorAttack {
    private let isOver: Lock<Bool>
    private let thread: RunningThread

    /// How many connections were opened so far.
    let opened: Lock<Int>

    /// - Parameters:
    ///   - words: what each connection sends before it falls silent.
    ///   - addresses: how many addresses of the loopback network attack, from 127.0.1.1 on.
    ///   - each: how many connections each of them keeps open.
    init(port: UInt16, saying words: [UInt8], addresses: Int, each: Int) throws {
        let (isOver, opened) = (Lock(false), Lock(0))
        self.isOver = isOver
        self.opened = opened
        thread = try RunningThread(name: "attack") {
            let sources = (0..<addresses).flatMap { number in (0..<each).map { _ in "127.0.1.\(number + 1)" }
            }
            let open = { (source: String) in
                opened.withLock { $0 += 1 }
                return Held(try? SilentPeer(port: port, from: source), saying: words)
            }
            var held = sources.map(open)
            while !isOver.withLock({ $0 }) {
                var entries = held.map { Polling.Entry($0.peer?.descriptor ?? -1, for: .readable) }
                Polling.wait(for: &entries, until: .now + .milliseconds(20))
                for (index, entry) in entries.enumerated()
                where held[index].peer == nil || !entry.readiness.isEmpty && held[index].hasEnded {
                    held[index] = open(sources[index])
                }
            }
        }
    }

    func end() {
        isOver.withLock { $0 = true }
        thread.join()
    }

    private struct Held {
        let peer: SilentPeer?

        init(_ peer: SilentPeer?, saying words: [UInt8]) {
            self.peer = peer
            if !words.isEmpty { try? peer?.send(words) }
        }

        /// Whatever the server sends is read; an error is an end as well.
        var hasEnded: Bool { peer?.readsEnd ?? true }
    }
}
