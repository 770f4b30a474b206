// SPDX-License-Identifier: Apache-2.0

// Texts are judged again when they are read: one that cleaning would change was written by nobody who runs this program.

extension MemberName: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(text) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let text = try bytes.text(atMost: Self.maximumBytes)
        guard let name = MemberName(cleaning: text), name.text.isWritten(like: text) else {
            throw CodingFault()
        }
        self = name
    }
}

extension RoomName: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(text) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let text = try bytes.text(atMost: MemberName.maximumBytes)
        guard let name = RoomName(text), name.text.isWritten(like: text) else { throw CodingFault() }
        self = name
    }
}

extension ShortText: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(text) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let text = try bytes.text(atMost: Self.maximumBytes)
        guard let short = ShortText(text), short.text.isWritten(like: text) else { throw CodingFault() }
        self = short
    }
}

extension ChatLine: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(text)
        bytes.put(changes.rawValue)
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let text = try bytes.text(atMost: Self.maximumBytes)
        let changes = TextChanges(rawValue: try bytes.byte())
        guard let line = ChatLine(text), line.text.isWritten(like: text), TextChanges.all.contains(changes)
        else { throw CodingFault() }
        self.init(alreadyClean: line.text, changes: changes)
    }
}

extension TextChanges {
    fileprivate static let all: TextChanges = [.invisiblesDropped, .marksDropped, .shortened]
}

extension Speech: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(isAction)
        bytes.put(line)
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let isAction: Bool = try bytes.value()
        let line: ChatLine = try bytes.value()
        guard let speech = isAction ? Speech(action: line) : Speech(line) else { throw CodingFault() }
        self = speech
    }
}

extension NameRequest: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(given)
        bytes.put(name)
        bytes.put(isChanged)
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let given = try bytes.text(atMost: Self.maximumGivenBytes)
        guard SafeText.clean(given).isWritten(like: given) else { throw CodingFault() }
        self.init(given: given, name: try bytes.value(), isChanged: try bytes.value())
    }
}

extension Ref: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(text) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        guard let ref = Ref(try bytes.text(atMost: Self.maximumBytes)) else { throw CodingFault() }
        self = ref
    }
}

extension String {
    /// Whether both are the same bytes: to Swift, texts are equal that are canonically equivalent.
    fileprivate func isWritten(like other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
