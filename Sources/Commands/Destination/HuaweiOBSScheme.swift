import Backends
import Credentials
import HTTPTransport

extension DestinationScheme {
    /// Huawei Cloud's Object Storage Service.
    static let huaweiOBS = DestinationScheme(
        names: ["obs"], form: "obs://BUCKET[/PREFIX]", service: "Huawei Cloud OBS",
        options: [
            .service("region", .text("NAME"), "region of the bucket, such as cn-north-4; or use endpoint=URL"),
            .service("path_style", .flag, "put the bucket's name in the path, not in the host name"),
            .service("storage_class", .text("CLASS"), "storage class of new objects, such as WARM; default: the bucket's"),
            .service("acl", .text("NAME"), "predefined ACL of new objects, such as public-read"),
            .service("kms_key", .text("ID"), "KMS key that encrypts new objects; the word default means the service's own"),
            .serviceFile("encryption_key_file", "your own AES-256 key, as 32 bytes or their base64; required again to read the objects"),
            .service("cache_control", .text("TEXT"), "Cache-Control of new objects"),
            .service("expires", .number("DAYS"), "days after which the service deletes an object") {
                _ = try OptionValue.wholeNumber($0, in: 1...36_500)
            },
        ],
        parallelParts: 4, partSizes: .huaweiOBS,
        resolve: { request in
            let storage = try OBSDestination(
                request.url, endpoint: request.settings.endpoint, region: request.option("region"),
                pathStyle: request.option("path_style") != nil)
            let options = try OBSOptions(request)
            return ResolvedDestination(
                url: storage.url, endpoint: storage.endpoint, otherHosts: storage.bucketHost.map { [$0] } ?? []
            ) { transport in
                let keys = try HuaweiCredentials.discover(
                    file: request.settings.credentials, environment: request.environment, transport: transport)
                var options = options
                if let file = request.option("encryption_key_file") { options.encryption = .customer(try CustomerKey.read(file)) }
                return HuaweiOBSBackend(destination: storage, options: options, transport: transport, keys: keys)
            }
        })
}

extension PartSizes {
    /// https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0099.html
    fileprivate static let huaweiOBS = PartSizes(usual: HuaweiOBSBackend.partSizeDefault, multiple: 1, range: (100 << 10)...(5 << 30))
}

extension OBSOptions {
    /// All but the customer's key, which is a secret in a file.
    fileprivate init(_ request: DestinationRequest) throws {
        let kmsKey = request.option("kms_key")
        guard kmsKey == nil || request.option("encryption_key_file") == nil else {
            throw CommandFailure(.usage, "kms_key and encryption_key_file cannot be used together: an object is encrypted with one key")
        }
        // The signature covers these, and is made before the extra headers are added.
        let signed = ["content-md5", "content-type", "date", "authorization"]
        if let header = request.settings.extraHeaders.first(where: {
            $0.name.lowercased().hasPrefix("x-obs-") || signed.contains($0.name.lowercased())
        }) {
            throw CommandFailure(.usage, "the option extra_header cannot set \(header.name), which is part of the OBS signature")
        }
        try self.init(
            storageClass: request.option("storage_class"), accessList: request.option("acl"),
            expiresDays: request.option("expires").flatMap { Int($0) }, cacheControl: request.option("cache_control"),
            encryption: kmsKey.map { .kms(keyID: $0 == "default" ? nil : $0) } ?? .bucketDefault)
    }
}
