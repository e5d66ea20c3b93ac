// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built in Swift 6 language mode, and a warning fails the build.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let locks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let tomlKit: Target.Dependency = .product(name: "TOMLKit", package: "TOMLKit")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

let package = Package(
    name: "uploadfs",
    products: [
        .executable(name: "uploadfs", targets: ["uploadfs"]),
        .executable(name: "uploadfs-test-server", targets: ["uploadfs-test-server"]),
        .library(name: "Uploading", targets: ["Uploading", "UploadCore"]),
        .library(name: "UploadBackends", targets: ["Backends", "Credentials", "HTTPTransport"]),
        .library(name: "UploadEngine", targets: ["UploadEngine"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CFuse", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
        .target(name: "CLinux", dependencies: ["CFuse"]),
        .target(name: "CChecksums"),
        .target(name: "CDaemon"),
        library("LinuxIO", ["CLinux", locks]),
        library("UploadCore", ["CChecksums", crypto, nioCore]),
        library("Spool", ["LinuxIO", "UploadCore", locks, logging]),
        library("Checkpoints", ["UploadCore", grdb, sqlite, locks, logging]),
        library("HTTPTransport", ["UploadCore", asyncHTTPClient, locks, logging, nioCore, nioHTTP1, nioPosix, nioSSL]),
        library("Credentials", ["UploadCore", "HTTPTransport", "LinuxIO", jwtKit, locks, logging, nioCore, nioHTTP1, nioSSL]),
        library("Backends", ["UploadCore", "Credentials", "HTTPTransport", crypto, locks, nioCore, nioHTTP1]),
        library("Uploading", ["UploadCore", locks, nioCore]),
        library("UploadEngine", ["UploadCore", "Uploading", "Checkpoints", "LinuxIO", "Spool", locks, logging, nioCore, nioPosix]),
        library("FuseBridge", ["CFuse", "CLinux", "LinuxIO", locks, logging]),
        library("UploadFilesystem", ["FuseBridge", "LinuxIO", "Spool", "UploadCore", locks, logging]),
        library(
            "Commands",
            [
                "Backends", "CDaemon", "CLinux", "Checkpoints", "Credentials", "FuseBridge", "HTTPTransport", "LinuxIO", "Spool", "UploadCore",
                "UploadEngine",
                "UploadFilesystem", argumentParser, locks, logging, tomlKit,
            ]
        ),
        program("uploadfs", ["Commands"]),
        .executableTarget(
            name: "upload-generated-image",
            dependencies: ["Uploading", "Backends", "Credentials", "HTTPTransport", "UploadCore", argumentParser, logging, nioCore],
            path: "Examples/GeneratedImage", swiftSettings: swiftSettings),
        library(
            "UploadTestServer", [crypto, cryptoExtras, httpTypes, hummingbird, hummingbirdCore, locks, logging, nioCore, nioHTTPTypes, "CChecksums"]),
        program("uploadfs-test-server", ["UploadTestServer", argumentParser, logging]),
        library("UploadTesting", ["UploadCore", "HTTPTransport", locks, nioCore, nioHTTP1]),
        tests(
            "HTTPTransportTests", ["HTTPTransport", "UploadCore", "UploadTesting", locks, logging, nioCore, nioHTTP1, nioPosix, nioSSL]),
        tests(
            "CredentialsTests",
            ["Credentials", "HTTPTransport", "UploadCore", "UploadTesting", cryptoExtras, jwtKit, locks, logging, nioCore, nioHTTP1]),
        tests(
            "BackendsTests",
            ["Backends", "Credentials", "HTTPTransport", "UploadCore", "UploadTesting", "UploadTestServer", locks, logging, nioCore, nioHTTP1]),
        .target(name: "MountTestSupport", dependencies: ["LinuxIO"], path: "Tests/MountTestSupport", swiftSettings: swiftSettings),
        tests("CommandsTests", ["Commands", "UploadCore", argumentParser, logging]),
        tests("MountTests", ["Commands", "MountTestSupport", "UploadCore", "uploadfs", "uploadfs-test-server"]),
        tests("CrashTests", ["LinuxIO", "MountTestSupport", "uploadfs", "uploadfs-test-server"]),
        tests("ModelTests", ["MountTestSupport", "LinuxIO", "UploadCore", "UploadTesting", "uploadfs", "uploadfs-test-server"]),
        tests("ExampleTests", ["MountTestSupport", "upload-generated-image", "uploadfs-test-server"]),
        tests(
            "UploadingTests",
            ["Uploading", "UploadCore", "UploadTesting", "UploadTestServer", "Backends", "Credentials", "HTTPTransport", logging, nioCore]),
        tests("LinuxIOTests", ["LinuxIO"]),
        tests("FuseBridgeTests", ["FuseBridge", "LinuxIO"]),
        tests("SpoolTests", ["Spool", "LinuxIO", "UploadCore"]),
        tests("UploadFilesystemTests", ["UploadFilesystem", "FuseBridge", "LinuxIO", "Spool", "UploadCore", locks, logging]),
        tests("UploadTestServerTests", ["UploadTestServer", asyncHTTPClient, logging, nioCore, nioHTTP1]),
        tests("UploadCoreTests", ["UploadCore", "CChecksums"]),
        tests("CheckpointsTests", ["Checkpoints", "UploadCore", "UploadTesting", grdb, logging]),
        tests(
            "UploadEngineTests",
            [
                "UploadEngine", "Backends", "Checkpoints", "Credentials", "HTTPTransport", "Spool", "UploadCore", "UploadTestServer", "UploadTesting",
                logging,
            ]),
    ]
)
