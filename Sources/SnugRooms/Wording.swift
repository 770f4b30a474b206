// SPDX-License-Identifier: Apache-2.0

/// Everything that level 0 says in words of its own, in one list.
///
/// `{}` stands for a name or another text, `{#}` for a number. `NoticeWords` keeps all of these words out of names:
/// that a notice cannot be said without a case here is what keeps a new one from being forgotten.
package enum Wording: String, CaseIterable {
    // What everyone is told.
    case joined = "{} joined the chat"
    case left = "{} left"
    case renamed = "{} is now {}"
    case banned = "{} was banned by {} ({})"
    case invited = "{} invited {} into the room"
    case kicked = "{} was kicked by {}{}"
    case lifted = "{} lifted {} {#} of {}"
    case madePrivate = "{} made the room private"
    case muted = "{} was muted by {} ({})"
    case topicCleared = "{} took the topic away"
    case topicSet = "{} set the topic: {}"

    /// Whoever moderates from outside the chat.
    case anOperator = "an operator"

    // What one member is told.
    case bans = "bans: {}"
    case direct = "{} (only to you): {}"
    case help = "commands: {}; anything else is said to everyone, //x as /x"
    case historyIsEmpty = "nothing of #{} is kept at the moment"
    case historyIsOnItsWay = "a page of history is on its way to you; ask again when it is here"
    case historyKeptInFile =
        "what is said here is kept in a file of the server: at most {#} lines of a room, for {#} hours (/history)"
    case historyKeptInMemory =
        "what is said here is kept in the server's memory: at most {#} lines of a room, for {#} hours (/history)"
    case historyLinesMissing = "lines are missing here"
    case historyNotKept = "nothing that is said here is kept"
    case historyNotStored = "the server's disk takes nothing at the moment: what is said here may not be kept"
    case historyShown = "history of #{}, {#} lines; times are in UTC"
    case historyStoredAgain = "what is said here is stored again"
    case historyUnreadable = "history cannot be read at the moment"
    case invitedYou = "{} invites you: /join {}"
    case idle = "nothing came in for {#} seconds; the connection ends"
    case keylogActive = "warning: this server writes its session keys to a file; nothing here is private"
    case lineChanged = "your line was {}"
    case linesNotSaid = "{#} lines of yours came too late to be said: your stay had ended"
    case nameCleaned =
        "\"{}\" is not fit for a name ({#} characters, all visible, no star, colon or comma, and no words of a notice); you are {}"
    case nameGiven = "no name was left to show; you are {}"
    case nameOfKey = "your key is here already: you are {} on this connection as well"
    case nameTaken = "{} is taken or looks like a taken name; you are {}"
    case nickIsTheSame = "you are {} already"
    case nickNotFit = "\"{}\" cannot be a name; you keep yours"
    case nickTaken = "{} is taken or looks like a taken name; you keep yours"
    case noBans = "there are no bans"
    case nobodyToReplyTo = "nobody has said anything to you alone yet"
    case online = "online: {}"
    case onlineAndMore = "online: {} and {#} more"
    case orderIsBack = "the chat's servers understand each other again"
    case orderIsGone = "this server has lost touch with the chat's other servers: nothing can be said for now"
    case orderIsSlow = "the chat's servers are slow at the moment: what is said here waits"
    case plainTransport = "warning: this connection is NOT encrypted; anyone on its way can read along"
    case roomIsFull = "the room is full ({#} members); try again later"
    case replaced = "you came back on another connection; this one ends"
    case roomEntered = "you are in #{} ({#} here)"
    case roomEnteredWithTopic = "you are in #{} ({#} here): {}"
    case rooms = "rooms: {}"
    case topicMissing = "#{} has no topic"
    case topicShown = "topic of #{}: {}"
    case unknownCommand = "{} is no command; /help lists them"
    case usage = "usage: {}"

    // Why nothing was done.
    case enteredAlready = "you are in already"
    case inRoomAlready = "you are in that room already"
    case invitedAlready = "{} may come in already"
    case mainIsForAll = "#main is everybody's room"
    case nobodyOfThatName = "nobody here is called {}"
    case noSuchBan = "there is no ban {#}"
    case notConnected = "{} is not connected at the moment"
    case notEntered = "you are not in the chat"
    case notInRoom = "you are not in a room of that name"
    case notOperator = "only operators may do that"
    case notOwner = "only who opened the room may do that"
    case outOfTouch = "that was not done, for this server has lost touch with the chat's other servers"
    case notRecognizable = "there is neither a key nor an address to know that person by"
    case privateAlready = "the room is private already"
    case protected = "{} is an operator"
    case readsAsNotice = "that would look like a notice of the server"
    case refReused = "that number was used for another line"
    case tooManyBans = "there are as many bans as there may be"
    case tooManyInvitations = "as many people are invited as may be"
    case tooManyRooms = "there are as many rooms as there may be"
    case tooManySessions = "you have as many connections as you may"
    case youAreBanned = "you are banned here ({})"
    case youAreMuted = "you are muted here ({})"
    case yourself = "that is you"
    case yourRoomsAreFull = "you are in as many rooms as you may"

    // What can have become of a line.
    case lineFreedOfInvisibles = "freed of invisible characters"
    case lineFreedOfMarks = "freed of combining marks ({#} a character are kept)"
    case lineShortened = "cut to {#} characters ({#} bytes; {#} code points in one character)"

    /// The words with `values` in the places that were left for them, in their order.
    package func filled(with values: [any CustomStringConvertible]) -> String {
        var text = ""
        fill(with: values.map(\.description)) { piece, _ in text += piece }
        return text
    }

    /// Hands over the words and the values in turn; of a value, which one it is.
    package func fill(with values: [String], _ take: (_ piece: String, _ value: Int?) -> Void) {
        let pieces = rawValue.split(separator: "{", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            let value = index > 0 && index <= values.count ? values[index - 1] : ""
            if !value.isEmpty { take(value, index - 1) }
            let start = piece.firstIndex(of: "}").map { piece.index(after: $0) } ?? piece.startIndex
            let text = String(piece[start...])
            take(piece.first == "#" && value == "1" ? Counting.singular(text) : text, nil)
        }
    }
}
