// SPDX-License-Identifier: Apache-2.0
//
// A chat over SwiftNIO and NIOSSL as their users would write it, after NIO's own example: a channel handler, a shared
// table of channels, writeAndFlush to each. It speaks Snug's frames and does nothing else that Snug does.

internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

guard CommandLine.arguments.count == 4, let port = Int(CommandLine.arguments[3]) else {
    print("usage: nio-chat CERTIFICATE KEY PORT")
    exit(64)
}
let key = try NIOSSLPrivateKey(file: CommandLine.arguments[2], format: .pem)
var configuration = TLSConfiguration.makeServerConfiguration(
    certificateChain: try NIOSSLCertificate.fromPEMFile(CommandLine.arguments[1]).map { .certificate($0) },
    privateKey: .privateKey(key)
)
configuration.minimumTLSVersion = .tlsv13
let context = try NIOSSLContext(configuration: configuration)

let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let chat = Chat()
let server = try await ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 4_096)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                NIOSSLServerHandler(context: context),
                ByteToMessageHandler(FrameDecoder()),
                ChatHandler(chat),
            ])
        }
    }
    .bind(host: "127.0.0.1", port: port)
    .get()
try await server.closeFuture.get()
