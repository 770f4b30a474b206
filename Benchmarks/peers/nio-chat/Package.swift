// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that who measures without this peer need not fetch and build SwiftNIO.

let package = Package(
    name: "nio-chat",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    ],
    targets: [
        .executableTarget(
            name: "nio-chat",
            dependencies: [
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
                .enableUpcomingFeature("ExistentialAny"),
                // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
                .enableUpcomingFeature("InternalImportsByDefault"),
                // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
