import Foundation
import HTTPTransport
import UploadCore

/// Access keys for Huawei Cloud: looks where Huawei's own SDK looks, in its order.
///
/// The sources hand out `AccessKey.token`. Looking reads a file and nothing else; the metadata service is asked when the first
/// request needs keys.
public enum HuaweiCredentials {
    /// - Parameters:
    ///   - file: the option `credentials=`; beats everything else.
    ///   - transport: fetches temporary keys.
    public static func discover(
        file: String?, environment: [String: String], transport: any HTTPTransport
    ) throws(CredentialsError) -> any TokenSource {
        if let file { return StaticToken(try AccessKeyFile.read(file).token) }
        if let key = try ofEnvironment(environment) { return StaticToken(key.token) }
        return TokenCache(HuaweiMetadataGrant(transport: transport), clock: ContinuousClock())
    }

    private static func ofEnvironment(_ environment: [String: String]) throws(CredentialsError) -> AccessKey? {
        let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        switch (value("OBS_ACCESS_KEY_ID"), value("OBS_SECRET_ACCESS_KEY")) {
        case (let id?, let secret?): return AccessKey(id: id, secret: secret, sessionToken: value("OBS_SECURITY_TOKEN"))
        case (nil, nil): return nil
        case (_?, nil): throw CredentialsError("OBS_ACCESS_KEY_ID is set, and OBS_SECRET_ACCESS_KEY is not; set both")
        case (nil, _?): throw CredentialsError("OBS_SECRET_ACCESS_KEY is set, and OBS_ACCESS_KEY_ID is not; set both")
        }
    }
}
