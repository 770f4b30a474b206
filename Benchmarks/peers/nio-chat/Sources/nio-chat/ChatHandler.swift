// SPDX-License-Identifier: Apache-2.0

internal import NIOConcurrencyHelpers
internal import NIOCore

/// The channels of those who are in the room.
final class Chat: Sendable {
    private let channels = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    func join(_ channel: any Channel) {
        channels.withLockedValue { $0[ObjectIdentifier(channel)] = channel }
    }

    func leave(_ channel: any Channel) {
        channels.withLockedValue { $0[ObjectIdentifier(channel)] = nil }
    }

    func say(_ text: String, except sender: (any Channel)? = nil) {
        channels.withLockedValue { channels in
            for (_, channel) in channels where channel !== sender {
                var buffer = channel.allocator.buffer(capacity: 4 + text.utf8.count)
                buffer.writeInteger(UInt32(text.utf8.count))
                buffer.writeString(text)
                channel.writeAndFlush(buffer, promise: nil)
            }
        }
    }
}

/// One member's end of the pipeline.
final class ChatHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let chat: Chat
    private var name: String?

    init(_ chat: Chat) { self.chat = chat }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        if let name {
            chat.say("\(name): \(text)", except: context.channel)
        } else {
            name = text
            chat.join(context.channel)
            chat.say("* \(text) joined the chat *")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard let name else { return }
        chat.leave(context.channel)
        chat.say("* \(name) left *")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// A length of four bytes, then the text.
struct FrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    struct FrameTooLong: Error {}

    mutating func decode(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer
    ) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else {
            return .needMoreData
        }
        guard length <= 8_192 else { throw FrameTooLong() }
        guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let text = buffer.readSlice(length: Int(length)) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(text))
        return .continue
    }
}
