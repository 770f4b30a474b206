// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that those who use Snug fetch none of what only the comparison needs.

/// The same set as Snug's own.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "snug-benchmarks",
    dependencies: [
        .package(name: "snug", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .systemLibrary(name: "CTimer"),
        .executableTarget(name: "floor", linkerSettings: [.linkedLibrary("gnutls")]),
        .executableTarget(
            name: "snug-load",
            dependencies: [
                "CTimer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SnugSystem", package: "snug"),
                .product(name: "SnugTransport", package: "snug"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "snug-codec",
            dependencies: [.product(name: "SnugProtocol", package: "snug")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugLoadTests",
            dependencies: ["snug-load", .product(name: "SnugSystem", package: "snug")],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
