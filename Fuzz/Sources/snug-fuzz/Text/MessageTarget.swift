// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming

@testable internal import SnugProtocol

/// Whatever comes as a frame of level 1, from either side, is a message or an error; and a message is the same again.
func fuzzMessages(_ bytes: [UInt8]) {
    checkObject(bytes)
    do throws(MessageError) {
        let message = try ClientMessage(payload: bytes)
        check(message, of: bytes, encode: { $0.encode }, decode: { try? ClientMessage(payload: $0) })
    } catch { check(error) }
    do throws(MessageError) {
        let message = try ServerMessage(payload: bytes)
        check(message, of: bytes, encode: { $0.encode }, decode: { try? ServerMessage(payload: $0) })
    } catch { check(error) }
}

/// Our reader takes nothing that another does not, and what it took can be read again, all of it.
private func checkObject(_ bytes: [UInt8]) {
    guard let object = try? JSONObject(message: bytes) else { return }
    promise(bytes.count <= JSONLimits.bytes, "a message of \(bytes.count) bytes was taken")
    guard let text = String(validating: bytes, as: UTF8.self) else {
        fatalError("bytes that are no text were taken")
    }
    // The other reader is for reports, in which there is no DEL, and no space but these two.
    let isForBoth = !bytes.contains { $0 == 0x7F || $0 == 0x09 || $0 == 0x0D }
    var other = JSONReader(text)
    promise(!isForBoth || other.isWholeValue(), "no JSON was taken: \(text.visible)")
    checkMembers(of: object, depth: 1)
}

private func checkMembers(of object: JSONObject, depth: Int) {
    promise(depth <= JSONLimits.nesting, "objects are \(depth) deep")
    promise(object.members.count <= JSONLimits.members, "\(object.members.count) members were taken")
    let names = object.members.map { Array(object.string($0.key).utf8) }
    promise(Set(names).count == names.count, "a member is there twice")
    for member in object.members { checkValue(member.value, in: object, depth: depth) }
}

private func checkValue(_ value: JSONValue, in object: JSONObject, depth: Int) {
    do throws(JSONError) {
        switch value {
        case .flag, .null: break
        case .number(let number): promise(number.magnitude < 1 << 53, "the number \(number) was taken")
        case .text(let text): _ = object.string(text)
        case .object(let place): checkMembers(of: try object.object(at: place), depth: depth + 1)
        case .list(let place):
            promise(depth < JSONLimits.nesting, "a list is \(depth + 1) deep")
            for value in try object.values(at: place, atMost: .max) ?? [] {
                checkValue(value, in: object, depth: depth + 1)
            }
        }
    } catch { fatalError("what was taken is refused when it is read again: \(error)") }
}

private func check(_ error: MessageError) {
    promise(!error.description.isEmpty && !error.hint.isEmpty, "an error says nothing")
    var answer: [UInt8] = []
    do throws(FramingError) { try error.answer.encode(appendingTo: &answer) } catch {
        fatalError("an error fits no answer: \(error)")
    }
    promise(frames(in: answer).count == 1, "an answer is no frame")
}

private func check<Message: Equatable>(
    _ message: Message,
    of bytes: [UInt8],
    encode: (Message) -> (inout [UInt8]) throws(FramingError) -> Void,
    decode: ([UInt8]) -> Message?
) {
    var encoded: [UInt8] = []
    do throws(FramingError) { try encode(message)(&encoded) } catch {
        // One byte of what came may be six of what goes out, for a control character.
        promise(bytes.count > FrameLimits.maximumPayloadBytes / 6, "a short message fits no frame")
        return
    }
    let payloads = frames(in: encoded)
    let isOutput = payloads.allSatisfy { $0.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    promise(isOutput, "a control character goes out raw")
    // A list may have become several frames.
    guard payloads.count == 1 else {
        promise(
            payloads.count > 1 && payloads.allSatisfy { decode($0) != nil },
            "what is written cannot be read"
        )
        return
    }
    promise(decode(payloads[0]) == message, "a message comes back as another")
}

private func frames(in bytes: [UInt8]) -> [[UInt8]] {
    var decoder = FrameDecoder()
    do throws(FramingError) { try decoder.append(bytes.span.bytes) } catch {
        fatalError("a frame is too long: \(error)")
    }
    promise(!decoder.isMidFrame, "a frame is not whole")
    var payloads: [[UInt8]] = []
    while let payload = decoder.next() { payloads.append(payload) }
    return payloads
}

let messageSeeds: [[UInt8]] = [
    #"{"type":"enter","name":"a","rooms":["m","t"],"resume":{"token":"t","epoch":"e","seen":{"m":4711}},"history":50}"#,
    #"{"type":"say","room":"main","text":"caf\u00e9 \ud83d\udc4b \"\/\\\b\f\n\r\t\u0000","action":true,"ref":"17"}"#,
    #"{"type":"history","room":"m","before":9007199254740991,"limit":200}"#,
    #"{"type":"ban","name":"b","room":"m","seconds":3600,"reason":"r","ref":"1"}"#,
    #"{"type":"topic","room":"m","text":""} "#, #"{"type":"unban","number":-0}"#, #"{"type":"quit"}"#,
    #"{"type":"dance","x":[[[1,-2],null],{"a":{}}],"\u0079":false}"#,
    #"{"type":"hello","protocol":1,"server":"s","epoch":"e","passphrase":true,"limits":{"name":{"characters":20,"bytes":80},"line":{"characters":500,"bytes":2000},"rooms":16,"burst":10,"perSecond":5},"history":{"lines":1000,"hours":24,"onDisk":false}}"#,
    #"{"type":"entered","you":{"id":"12","name":"a","key":"sha256:x"},"token":"t","resumed":true}"#,
    #"{"type":"room","room":"m","topic":"t","last":4720,"people":[{"id":"12","name":"a"},{"id":"13","name":"b"}],"more":true}"#,
    #"{"type":"said","seq":4721,"time":1764130000123,"room":"m","from":{"id":"1","name":"a"},"text":"x","replay":true}"#,
    #"{"type":"banned","seq":1,"time":2,"room":"m","who":{"id":"1","name":"a"},"by":{"id":"2","name":"b"},"until":3}"#,
    #"{"type":"left","seq":1,"time":2,"room":"m","who":{"id":"1","name":"a"},"reason":"lost"}"#,
    #"{"type":"direct","seq":1,"time":2,"from":{"id":"1","name":"a"},"to":{"id":"2","name":"b"},"text":"x","ref":"d"}"#,
    #"{"type":"bans","bans":[{"number":1,"name":"b","what":"192.0.2.7","until":5,"by":"a","reason":"r"}]}"#,
    #"{"type":"rooms","rooms":[{"room":"m","people":3,"topic":"t"}],"more":true}"#,
    #"{"type":"refused","code":"muted","text":"no","hint":"wait","ref":"1"}"#,
    #"{"type":"bye","reason":"quit","after":3}"#,
].map { Array($0.utf8) }
