import Foundation
import MountTestSupport
import Testing

/// Names that are alike for people, and are different names for the kernel: what of them reaches each service.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct SimilarNameTests {
    static let services: [TestedService] = [.googleStorage, .googleDrive, .box, .huaweiOBS]
    /// Those that distinguish all names.
    static let distinguishing: [TestedService] = [.googleStorage, .googleDrive, .huaweiOBS]

    /// Waits until the service holds what the mount shows, under exactly the same names, and nothing else.
    private func expectSame(_ service: TestedService, _ mount: TestMount, _ when: String) throws {
        try mount.waitUntilUploaded()
        var differences = ""
        do {
            try eventually("the service and the mount to agree \(when)") {
                differences = try shell(
                    "python3 '\(Probe.directory)/names_at_services.py' compare \(service.name) '\(mount.service.url)' '\(mount.path)'")
                return differences.isEmpty
            }
        } catch {
            throw Failed(description: "\(error):\n\(differences)")
        }
    }

    private func inMount(_ mount: TestMount, _ script: String) throws {
        try shell("cd '\(mount.path)'\n\(script)")
    }

    @Test(arguments: services)
    func aRenameToAnotherUnicodeFormReachesTheService(_ service: TestedService) throws {
        try service.withMount { mount in
            try inMount(mount, #"mkdir $'dir\u00e9'; echo file > $'caf\u00e9'; echo below > $'dir\u00e9/a'; echo other > $'e\u0301'"#)
            try expectSame(service, mount, "at first")
            try mount.service.resetCounters()
            try inMount(mount, #"mv $'caf\u00e9' $'cafe\u0301'; mv $'dir\u00e9' $'dire\u0301'; mv $'e\u0301' $'\u00e9'"#)
            try expectSame(service, mount, "after the renames")
            #expect(try mount.service.counters().body_bytes == 0, "a rename sends no content")
        }
    }

    @Test(arguments: services)
    func aRenameThatChangesOnlyCaseIsARename(_ service: TestedService) throws {
        try service.withMount { mount in
            try inMount(mount, "mkdir -p Photos/Deep; echo file > Report; for i in 1 2 3 4 5; do echo $i > Photos/$i; done; echo d > Photos/Deep/d")
            try expectSame(service, mount, "at first")
            try mount.service.resetCounters()
            try inMount(mount, "mv Report report; mv Photos photos; mv photos/Deep photos/deep")
            try expectSame(service, mount, "after the renames")
            let counters = try mount.service.counters()
            #expect(counters.body_bytes == 0, "a rename sends no content")
            if service.name == "box" || service.name == "gdrive" {
                #expect(counters.requests_by_kind["delete"] == nil, "nothing goes into the trash")
            }
        }
    }

    /// Files that are uploaded, that are being sent, and that have not begun, when the name of their directory changes.
    @Test(arguments: services)
    func aDirectoryWhoseCaseChangesTakesUnfinishedUploadsAlong(_ service: TestedService) throws {
        try service.withMount { mount in
            try inMount(mount, "mkdir Photos; echo 0 > Photos/0")
            try expectSame(service, mount, "at first")
            try mount.service.setFaults(#"[{"kind":"multipart","times":8,"action":{"delay_ms":500}}]"#)
            try inMount(mount, "for i in $(seq 1 12); do echo $i > Photos/$i; done; mv Photos photos; echo new > photos/new")
            try expectSame(service, mount, "after the rename")
        }
    }

    /// More than 4 MiB take a session at Drive, which looks for the name first.
    @Test(arguments: distinguishing, [100, 5 << 20])
    func similarNamesAreDifferentObjects(_ service: TestedService, size: Int) throws {
        try service.withMount { mount in
            let names = [#"$'\u00e9'"#, #"$'e\u0301'"#, #"$'\u00c9'"#, "Report.bin", "report.bin"]
            for name in names {
                try inMount(mount, "head -c \(size) /dev/urandom > \(name); mkdir \(name).d; echo \(name) > \(name).d/a")
                try expectSame(service, mount, "with \(name)")
            }
        }
    }

    @Test(arguments: services)
    func aNameMayBeginWithACombiningMark(_ service: TestedService) throws {
        try service.withMount { mount in
            try inMount(
                mount,
                #"""
                for name in $'\u0301' $'\u0301x' $'\u0308\'\u0301' $'\u20dd&\u0301'; do
                    mkdir "$name"; echo "$name" > "$name/$name"; head -c 3000000 /dev/urandom > "$name/large"
                done
                """#)
            try expectSame(service, mount, "at first")
            try inMount(mount, #"mv $'\u0301' $'\u0327y'; mv $'\u0301x/\u0301x' $'\u0301top'; rm $'\u20dd&\u0301/large'"#)
            try expectSame(service, mount, "after the changes")
        }
    }

    @Test func twoNamesThatBoxConfusesLeaveTheFirstAlone() throws {
        try TestedService.box.withMount { mount in
            try inMount(mount, #"echo first > Report; mkdir $'F\u00e9' Docs; echo f > $'F\u00e9/a'; echo d > Docs/a"#)
            try expectSame(.box, mount, "at first")
            let remote = {
                try shell("python3 '\(Probe.directory)/names_at_services.py' compare box '\(mount.service.url)' '\(mount.path)'")
            }
            try inMount(mount, #"echo second > report; mkdir $'Fe\u0301' docs; echo second > $'Fe\u0301/a'; echo second > docs/a"#)
            for (file, existing) in [("report", "\"Report\""), ("Fe\u{301}/a", "\"F\u{E9}\""), ("docs/a", "\"Docs\"")] {
                try eventually("the failure of \(file)") { mount.attribute("state", of: file) == "failed" }
                let error = mount.attribute("error", of: file) ?? ""
                #expect(error.contains(existing) && error.contains("rename one of the two"), "\(error)")
            }
            #expect(try remote().split(separator: "\n").count == 3, "only the second ones are missing")
            #expect(mount.attribute("state", of: "Report") == "uploaded")
            // Under other names they go.
            try inMount(mount, #"mv report other; mv $'Fe\u0301' more; mv docs 'more docs'"#)
            try expectSame(.box, mount, "under other names")
        }
    }

    /// A name that has been removed or renamed on the mount, and is about to be at Box, does not make another one fail.
    @Test func aNameThatIsAboutToBeFreeAtBoxIsWaitedFor() throws {
        try TestedService.box.withMount { mount in
            try inMount(mount, "mkdir Docs; echo 1 > Docs/a; echo 2 > Report; echo 3 > Letter")
            try expectSame(.box, mount, "at first")
            try mount.service.setFaults(#"[{"kind":"delete","times":4,"action":{"status":503}}]"#)
            try inMount(mount, "rm -r Docs Report; mkdir docs; echo new > docs/b; echo new > report; mv Letter x; echo new > letter")
            try expectSame(.box, mount, "after the changes")
        }
    }

    @Test(arguments: services, [1, 2, 3])
    func oddNamesAtRandomEndUpAsTheMountShowsThem(_ service: TestedService, seed: Int) throws {
        try service.withMount { mount in
            for round in 1...3 {
                let distinct = service.name == "box" ? "distinct" : ""
                try shell("python3 '\(Probe.directory)/names_at_services.py' change '\(mount.path)' \(seed * 100 + round) 40 \(distinct)")
                if round > 1 { try expectSame(service, mount, "after round \(round) of seed \(seed)") }
            }
        }
    }
}
