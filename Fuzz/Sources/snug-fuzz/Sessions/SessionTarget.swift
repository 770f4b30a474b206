// SPDX-License-Identifier: Apache-2.0

internal import CFuzz

/// Whole stays of several people, in any order of what they and the clock can do: nothing is said to who is not let
/// in, nothing twice and nothing out of order, nothing is lost of who stays, and nothing is held for who is gone.
///
/// A handshake takes as long as ten other people's whole stays: in cheap inputs nobody comes with TLS, in the others two
/// at most.
func fuzzSessions(_ bytes: [UInt8]) {
    SessionWorld.prepare()
    let before = openDescriptors()
    do { try play(bytes) } catch { fatalError("a broken promise: the server cannot be made: \(error)") }
    promise(openDescriptors() == before, "descriptors stay open: \(before), \(openDescriptors())")
}

private func play(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    let first = input.byte()
    let encrypted = Cost(first) == .dear ? 2 : 0
    let stopsEarly = first & 2 == 2
    let world = try SessionWorld()
    var steps = 0
    while !input.isAtEnd, steps < 200 {
        steps += 1
        let action = SessionAction(rawValue: input.number(below: SessionAction.allCases.count))
        try perform(action ?? .turn, in: world, encrypted: encrypted, &input)
        world.turns(1)
    }
    if !stopsEarly {
        world.checkNothingIsLost()
        world.checkNothingIsHeld()
    }
    world.stop()
    world.close()
}

/// What can happen, in the order of the bytes that stand for it.
enum SessionAction: Int, CaseIterable {
    case connectPlain
    case connectEncrypted
    case knowPassphrase
    case guess
    case giveName
    case say
    case command
    case sendRaw
    case spoilRecords
    case finish
    case close
    case reset
    case stall
    case passTime
    case burst
    case turn
}

private let names = ["ann", "bob", "ВОВ", "ann-2", "chen", "", "*", "witness"]
private let commands = ["/who", "/help", "/nick dora", "/nick ann", "/nick", "/quit", "/nonsense", ""]

private func perform(
    _ action: SessionAction,
    in world: SessionWorld,
    encrypted: Int,
    _ input: inout FuzzInput
) throws {
    let chosen = Int(input.byte())
    let argument = Int(input.byte())
    switch action {
    case .connectPlain: if world.peers.count < 6 { try world.connect(isEncrypted: false) }
    case .connectEncrypted:
        let isEncrypted = world.peers.count { $0.isEncrypted } < encrypted
        if world.peers.count < 6 { try world.connect(isEncrypted: isEncrypted) }
    case .passTime: world.pass(milliseconds: argument * argument)
    case .turn: world.turns(argument % 8)
    default:
        guard !world.peers.isEmpty else { return }
        let peer = world.peers[chosen % world.peers.count]
        switch action {
        case .knowPassphrase: peer.send(frame: SessionWorld.passphrase)
        case .guess: peer.send(frame: "guess \(argument)")
        case .giveName: peer.send(frame: names[argument % names.count])
        case .say: for _ in 0...(argument % 4) { peer.say("hello") }
        case .command: peer.send(frame: commands[argument % commands.count])
        case .sendRaw: peer.send(raw: input.take(argument % 32))
        case .spoilRecords: peer.spoil(input.take(argument % 32))
        case .finish: peer.finish(world.buffers)
        case .close: peer.close()
        case .reset: peer.reset()
        case .stall: peer.isStalled = argument % 2 == 0
        case .burst: peer.send(frame: commands[chosen / 32 % commands.count], times: argument)
        default: break
        }
    }
}

let sessionSeeds: [[UInt8]] = {
    func step(_ action: SessionAction, _ peer: UInt8 = 0, _ argument: UInt8 = 0) -> [UInt8] {
        [UInt8(action.rawValue), peer, argument]
    }
    func comeIn(_ peer: UInt8, _ name: UInt8, _ how: SessionAction = .connectPlain) -> [UInt8] {
        step(how) + step(.knowPassphrase, peer) + step(.giveName, peer, name)
    }
    let two = comeIn(0, 0) + comeIn(1, 1, .connectEncrypted)
    return [
        two + step(.say, 0, 3) + step(.say, 1, 1) + step(.command, 0) + step(.command, 1, 2) + step(.say, 0)
            + step(.command, 1, 5) + step(.close),
        step(.connectPlain) + step(.guess) + step(.passTime, 0, 40) + comeIn(1, 2) + step(.say, 1, 2)
            + step(.reset, 1),
        two + comeIn(2, 0) + comeIn(3, 7) + step(.stall, 0) + step(.say, 1, 3) + step(.burst, 64, 100)
            + step(.passTime, 0, 110) + step(.say, 2, 2) + step(.turn, 0, 7),
        two + step(.burst, 0, 250) + step(.turn, 0, 3) + step(.close) + step(.finish, 1)
            + step(.passTime, 0, 200),
        step(.connectEncrypted) + step(.spoilRecords, 0, 7) + [22, 3, 1, 0, 2, 1, 0] + comeIn(1, 3)
            + step(.sendRaw, 1, 6) + [0, 0, 0, 2, 0xff, 0xfe] + step(.passTime, 0, 255),
        comeIn(0, 0) + step(.sendRaw, 0, 5) + [0, 0, 0, 9, 0x61] + step(.passTime, 0, 130) + comeIn(1, 1)
            + step(.say, 1, 3) + step(.say, 1, 3) + step(.say, 1, 3) + step(.finish, 1),
    ].flatMap { steps in (0..<4).map { [$0] + steps } }
}()
