/// A bucket in the name of the host that a request goes to: `BUCKET.localhost`, `BUCKET.obs.REGION.myhuaweicloud.com`.
enum VirtualHost {
    /// Nil where the host names only the service.
    static func bucket(_ exchange: Exchange) -> String? {
        let authority = exchange.request.head.authority ?? ""
        let host = authority.split(separator: ":").first ?? ""
        if host.hasSuffix(".localhost") { return String(host.dropLast(".localhost".count)) }
        guard let service = host.range(of: ".obs."), host.hasSuffix(".myhuaweicloud.com") else { return nil }
        return String(host[..<service.lowerBound])
    }
}
