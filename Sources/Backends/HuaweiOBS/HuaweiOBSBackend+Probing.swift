import HTTPTransport
import NIOHTTP1
import UploadCore

extension HuaweiOBSBackend: DestinationProbing {
    public func probeAccess() async throws(UploadError) -> String {
        let response = try await transport.send(wire.findBucket())
        switch response.status {
        case .ok: return "the bucket \(destination.bucket) exists"
        // The response to HEAD does not say more than this.
        case .notFound: throw UploadError(.noSuchBucket, "the bucket \(destination.bucket) does not exist")
        default: throw faults.classify(response)
        }
    }

    public var limitsSummary: String {
        let lengths = Self.parts.lengths
        let range = "\(ByteSize.format(lengths.lowerBound)) to \(ByteSize.format(lengths.upperBound))"
        return "objects up to \(ByteSize.format(capabilities.objectMax)); up to \(ByteSize.format(capabilities.singleRequestMax)) in one request, "
            + "larger ones in up to \(Self.parts.countMax) parts of \(range)"
    }
}
