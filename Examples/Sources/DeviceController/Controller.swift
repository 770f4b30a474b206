// SPDX-License-Identifier: Apache-2.0

import SnugService

/// Lets operators see and switch devices, whichever way those are connected.
///
/// A peer's first frame says what it is: `device NAME` or `operator`. Then devices report (`temperature 21`), and
/// operators are told (`oven: temperature 21`) and give orders (`oven heat 180`), which the device gets (`heat 180`).
final class Controller: FrameRules {
    private var devices: [String: FramePeer] = [:]
    private var names: [FramePeer: String] = [:]
    private var operators: Set<FramePeer> = []

    func received(_ frame: [UInt8], from peer: FramePeer) {
        let text = String(decoding: frame, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        if let name = names[peer] {
            tellOperators("\(name): \(text)")
        } else if operators.contains(peer) {
            order(words, by: peer)
        } else if words.first == "operator" {
            operators.insert(peer)
            peer.send("devices: \(devices.keys.sorted().joined(separator: ", "))")
        } else if words.count == 2, words[0] == "device", devices[words[1]] == nil {
            devices[words[1]] = peer
            names[peer] = words[1]
            tellOperators("\(words[1]) is connected")
        } else {
            peer.finish()
        }
    }

    func left(_ peer: FramePeer, because reason: PeerDeparture) {
        operators.remove(peer)
        guard let name = names.removeValue(forKey: peer) else { return }
        devices[name] = nil
        tellOperators("\(name) is gone")
    }

    private func order(_ words: [String], by peer: FramePeer) {
        guard words.count == 2, let device = devices[words[0]] else {
            peer.send("an order is the name of a device and what it is to do")
            return
        }
        device.send(words[1])
    }

    private func tellOperators(_ text: String) {
        for peer in operators { peer.send(text) }
    }
}
