import Foundation
import MountTestSupport
import Testing

/// The example as its reader runs it.
@Suite struct GeneratedImageTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID().uuidString)").path

    private func command(_ service: TestService, checkpoint: String) -> (arguments: [String], environment: [String: String]) {
        (
            [
                Programs.generatedImage, "--width", "640", "--height", "640", "--checkpoint", "\(directory)/\(checkpoint)",
                "gs://demo/pictures/set.ppm",
            ],
            ["STORAGE_EMULATOR_HOST": service.url]
        )
    }

    /// 640 × 640 pixels of three bytes, and the header.
    private let size: Int64 = 640 * 640 * 3 + 15

    @Test func uploadsAPictureOfUnknownLength() throws {
        let service = try TestService(root: directory)
        defer { service.stop() }
        let (arguments, environment) = command(service, checkpoint: "a")
        let outcome = try run(arguments, environment: environment)
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(outcome.output.contains("0 of ? bytes"))
        #expect(outcome.output.contains("gs://demo/pictures/set.ppm: \(size) bytes, crc32c:"))
        #expect(try service.counters().objects["demo/pictures/set.ppm"]?.resent_bytes == 0)
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/a"))
    }

    @Test func goesOnAfterItWasKilled() throws {
        let service = try TestService(root: directory)
        defer { service.stop() }
        let (arguments, environment) = command(service, checkpoint: "b")
        // The third part never gets a response.
        try service.setFaults(#"[{"kind":"part","skip":2,"times":1,"action":{"stall_after_bytes":1000}}]"#)
        let killed = try RunningProgram(arguments, environment: environment)
        try eventually("two parts") { killed.outputSoFar.contains("524288 of ? bytes") }
        killed.signal(SIGKILL)
        _ = try killed.finish()
        try service.clearFaults()
        let outcome = try run(arguments, environment: environment)
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("524288 of ? bytes"))
        let object = try service.counters().objects["demo/pictures/set.ppm"]
        #expect(object?.resent_bytes == 0)
        #expect(object?.requests_by_kind["begin"] == 1)
    }
}
