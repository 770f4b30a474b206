// SPDX-License-Identifier: Apache-2.0

extension ChatSession {
    /// Chats over the program's own input and output until either side ends.
    public func chat() throws(ClientError) {
        try chat(input: 0, over: FilterInterface())
    }
}
