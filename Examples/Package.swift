// swift-tools-version: 6.3

import PackageDescription

// A package of its own, as yours would be: it uses nothing of Snug but what is public.

/// The same set as Snug's own.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
]

func snug(_ names: String...) -> [Target.Dependency] {
    names.map { .product(name: $0, package: "snug") }
}

let package = Package(
    name: "snug-examples",
    dependencies: [
        // Without its programs, of which the libraries need nothing.
        .package(name: "snug", path: "..", traits: []),
        // For WatchedServer alone: of Snug's libraries none needs it.
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "EchoServer",
            dependencies: snug("SnugLab", "SnugService", "SnugSystem", "SnugTransport"),
            swiftSettings: strict
        ),
        .executableTarget(
            name: "NotificationHub",
            dependencies: snug("SnugClient", "SnugLab", "SnugServer", "SnugSystem", "SnugTransport"),
            swiftSettings: strict
        ),
        .executableTarget(
            name: "GameLobby",
            dependencies: snug("SnugLab", "SnugRooms", "SnugService", "SnugSystem", "SnugTransport"),
            swiftSettings: strict
        ),
        .executableTarget(
            name: "DeviceController",
            dependencies: snug("SnugLab", "SnugService", "SnugSystem", "SnugTransport"),
            swiftSettings: strict
        ),
        .executableTarget(
            name: "WatchedServer",
            dependencies: snug("SnugLab", "SnugServer", "SnugSystem", "SnugTransport") + [
                .product(name: "CoreMetrics", package: "swift-metrics")
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
