import MountTestSupport
import Testing

/// Times of files.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct TimeTests {
    @Test func timesAreSetToTheNanosecond() throws {
        try Probe.expectAlike("times.setting")
    }

    @Test func eachCallChangesTheTimesThatItChangesOnALocalDisk() throws {
        try Probe.expectAlike("times.of_changes")
    }

    @Test func timesOfAnyYearAreKeptAsOnALocalDisk() throws {
        try Probe.expectAlike("times.of_any_year")
    }

    /// Before 1677 and after 2262, a time in nanoseconds does not fit into 64 bits.
    @Test func filesOfAnyYearAreCopiedUploadedAndMountedAgain() throws {
        try TestMount.with { mount in
            let source = mount.directory + "/source"
            let years = ["1700", "1901", "1960", "2261", "2263", "2300", "2500", "9999"]
            try shell("mkdir '\(source)'; cd '\(source)'; for y in \(years.joined(separator: " ")); do echo $y > $y; touch -d $y-01-01 $y; done")
            try shell(
                """
                cd '\(mount.path)'
                mkdir touched copied synced
                for y in \(years.joined(separator: " ")); do echo $y > touched/$y; touch -d $y-01-01 touched/$y; done
                cp -p '\(source)'/* copied/
                rsync -a '\(source)/' synced/
                """)
            func listing() throws -> String {
                try shell(
                    "for d in touched copied synced; do cd '\(mount.path)/'$d; stat --format='%n %y' *; rsync --archive --omit-dir-times --itemize-changes '\(source)/' .; done"
                )
            }
            let expected = String(repeating: try shell("cd '\(source)'; stat --format='%n %y' *"), count: 3)
            #expect(try listing() == expected)
            try mount.waitUntilUploaded()
            #expect(try listing() == expected, "a second rsync has nothing to do")
            try mount.waitUntilUploaded()
            let uploads = try mount.service.counters().uploads
            #expect(uploads.count == 3 * years.count && uploads.values.allSatisfy { $0 == 1 }, "\(uploads)")

            // Both ways to a next mount find nothing that has changed.
            try mount.unmount()
            try mount.mount()
            try mount.killHard()
            try mount.mount()
            #expect(try listing() == expected)
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().uploads == uploads)

            // A change is a change, whatever time is set after it.
            try shell("cd '\(mount.path)/touched'; echo more >> 2300; touch -d 2400-01-01 2300")
            try mount.waitUntilUploaded()
            #expect(try mount.isUploaded("touched/2300", as: mount.file("touched/2300")))
        }
    }
}
