import Foundation
import MountTestSupport
import Testing

/// What every service has to do for a mount, in the same words for each.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ServiceTests {
    enum Size: CaseIterable { case empty, small, large }

    @Test(arguments: TestedService.all, Size.allCases)
    func aCopyArrivesIntact(_ service: TestedService, _ kind: Size) throws {
        let size: Int64 =
            switch kind {
            case .empty: 0
            case .small: 4096
            case .large: service.large
            }
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: size)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try service.checksum(of: "a", mount) == source.checksum)
            #expect(try mount.service.counters().body_bytes == size)
            #expect(mount.attribute("checksum", of: "a")?.contains(":") == true)
        }
    }

    @Test(arguments: TestedService.all)
    func anUploadGoesOnAfterAKill(_ service: TestedService) throws {
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: service.large)
            try mount.service.setFaults(#"[{"kind":"part","times":null,"action":{"bytes_per_second":8388608}}]"#)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try eventually("half of the file") { try mount.service.counters().body_bytes >= service.large / 2 }
            try mount.killHard()
            try mount.service.clearFaults()
            try mount.mount()
            try mount.waitUntilUploaded("a")
            #expect(try service.checksum(of: "a", mount) == source.checksum)
            #expect(try mount.service.counters().body_bytes <= service.large + service.inFlightMax)
        }
    }

    @Test(arguments: TestedService.all)
    func anotherContentReplacesTheFirst(_ service: TestedService) throws {
        try service.withMount { mount in
            for number in 1...2 {
                let source = try mount.randomFile("source", size: Int64(number) * 1000)
                try shell("cp '\(source.path)' '\(mount.file("a"))'")
                try mount.waitUntilUploaded("a")
                #expect(try service.checksum(of: "a", mount) == source.checksum)
            }
        }
    }

    @Test(arguments: TestedService.all)
    func aRenameAndARemovalReachTheService(_ service: TestedService) throws {
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: 5000)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            try shell("mv '\(mount.file("a"))' '\(mount.file("b"))'")
            try eventually("the new name") { try service.checksum(of: "b", mount) == source.checksum }
            try eventually("the end of the old name") { try service.checksum(of: "a", mount) == nil }
            #expect(try mount.service.counters().body_bytes == 5000, "no content is sent for a rename")
            try shell("rm '\(mount.file("b"))'")
            try eventually("the removal") { try service.checksum(of: "b", mount) == nil }
        }
    }

    @Test(arguments: TestedService.all)
    func theDestinationCanBeTriedOut(_ service: TestedService) throws {
        try service.withMount { mount in
            let outcome = try run(
                [Programs.uploadfs, "check", "-o", mount.options.joined(separator: ","), service.destination],
                environment: service.environment)
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.output.split(separator: "\n").count == 5, "\(outcome.output)")
        }
    }
}
