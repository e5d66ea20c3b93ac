import Foundation
import MountTestSupport
import Testing

/// `uploadfs check`: what it says of a destination, and what it leaves there.
@Suite(.serialized)
struct CheckTests {
    private func check(_ url: String, options: [String], environment: [String: String] = [:]) throws -> Outcome {
        try run([Programs.uploadfs, "check", "-o", options.joined(separator: ","), url], environment: environment)
    }

    /// What each line says, by its first word.
    private func lines(_ outcome: Outcome) -> [String: String] {
        let lines = outcome.output.split(separator: "\n").map { line in
            let name = String(line.prefix { $0 != " " })
            return (name, String(line.dropFirst(name.count).drop { $0 == " " }))
        }
        return Dictionary(lines) { $1 }
    }

    @Test func aDestinationThatCanBeUsedIsReportedInALineEach() throws {
        try TestMount.with(mounted: false) { mount in
            let outcome = try check("gs://demo/films", options: ["endpoint=\(mount.service.url)"])
            #expect(outcome.status == 0)
            #expect(outcome.errors.isEmpty)
            let lines = lines(outcome)
            #expect(Set(lines.keys) == ["destination", "reachable", "credentials", "writing", "limits"])
            #expect(lines["reachable"] == "yes")
            #expect(lines["writing"]?.hasPrefix("allowed: an empty object was created and removed: gs://demo/films/uploadfs-check-") == true)
            #expect(lines["limits"]?.contains("5.0 TiB") == true)
            #expect(try mount.service.keys().isEmpty, "nothing is left behind")
        }
    }

    @Test func nothingIsLeftBehindWhereResponsesAreLost() throws {
        try TestMount.with(mounted: false) { mount in
            try mount.service.setFaults(
                #"[{"kind":"multipart","action":{"lose_answer":true}},{"kind":"delete","action":{"lose_answer":true}}]"#)
            let outcome = try check("gs://demo/films", options: ["endpoint=\(mount.service.url)"])
            #expect(outcome.status == 0)
            #expect(lines(outcome)["writing"]?.hasPrefix("allowed: ") == true)
            #expect(try mount.service.keys().isEmpty)
            #expect(try mount.service.counters().requests_by_kind["multipart"] == 1)
        }
    }

    @Test func aCertificateFileThatCannotBeReadIsNamed() throws {
        let outcome = try check("gs://demo", options: [], environment: ["SSL_CERT_FILE": "/nowhere/roots.pem"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("SSL_CERT_FILE names /nowhere/roots.pem, which cannot be read"))
    }

    @Test func aServerThatIsNotThereIsToldApart() throws {
        let outcome = try check("gs://demo", options: ["endpoint=http://127.0.0.1:9"])
        #expect(outcome.status == 69)
        #expect(lines(outcome)["reachable"]?.hasPrefix("no: ") == true)
        #expect(lines(outcome)["writing"] == "not tried")
        #expect(outcome.errors.hasPrefix("uploadfs: gs://demo cannot be used: "))
    }

    @Test func refusalsAreToldApart() throws {
        try TestMount.with(mounted: false) { mount in
            let endpoint = "endpoint=\(mount.service.url)"
            let missing = try check("gs://nobodys", options: [endpoint])
            #expect(missing.status == 66)
            let stranger = try check("gs://demo", options: [endpoint], environment: ["CLOUDSDK_AUTH_ACCESS_TOKEN": "wrong"])
            #expect(stranger.status == 77)
            #expect(lines(stranger)["credentials"]?.hasPrefix("refused: ") == true)
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":403}}]"#)
            let reader = try check("gs://demo", options: [endpoint])
            #expect(reader.status == 77)
            #expect(lines(reader)["writing"]?.hasPrefix("refused: ") == true)
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":503}}]"#)
            #expect(try check("gs://demo", options: [endpoint]).status == 75)
        }
    }
}
