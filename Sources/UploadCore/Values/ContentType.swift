/// The media type of an object, from its name's extension.
public enum ContentType {
    /// What an unknown extension gets.
    public static let unknown = "application/octet-stream"

    public static func of(name: [UInt8]) -> String {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return unknown }
        return byExtension[String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()] ?? unknown
    }

    /// Registered types (IANA) of the files that people upload most.
    private static let byExtension: [String: String] = [
        "7z": "application/x-7z-compressed", "aac": "audio/aac", "ai": "application/postscript", "aif": "audio/aiff",
        "aiff": "audio/aiff", "apk": "application/vnd.android.package-archive", "avi": "video/x-msvideo", "avif": "image/avif",
        "avro": "application/vnd.apache.avro", "bmp": "image/bmp", "bz2": "application/x-bzip2", "c": "text/x-c", "cpp": "text/x-c",
        "css": "text/css", "csv": "text/csv", "deb": "application/vnd.debian.binary-package", "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "eml": "message/rfc822",
        "eps": "application/postscript", "epub": "application/epub+zip", "flac": "audio/flac", "flv": "video/x-flv",
        "geojson": "application/geo+json", "gif": "image/gif", "gz": "application/gzip", "h": "text/x-c", "heic": "image/heic",
        "heif": "image/heif", "htm": "text/html", "html": "text/html", "ico": "image/vnd.microsoft.icon", "ics": "text/calendar",
        "iso": "application/x-iso9660-image", "jar": "application/java-archive", "java": "text/x-java-source", "jpeg": "image/jpeg",
        "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json", "jsonl": "application/jsonl", "jxl": "image/jxl",
        "kml": "application/vnd.google-earth.kml+xml", "log": "text/plain", "m4a": "audio/mp4", "m4v": "video/x-m4v",
        "md": "text/markdown", "mid": "audio/midi", "mkv": "video/x-matroska", "mjs": "text/javascript", "mov": "video/quicktime",
        "mp3": "audio/mpeg", "mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "mts": "video/mp2t", "mxf": "application/mxf",
        "nc": "application/netcdf", "odp": "application/vnd.oasis.opendocument.presentation",
        "ods": "application/vnd.oasis.opendocument.spreadsheet", "odt": "application/vnd.oasis.opendocument.text", "oga": "audio/ogg",
        "ogg": "audio/ogg", "ogv": "video/ogg", "opus": "audio/opus", "otf": "font/otf", "parquet": "application/vnd.apache.parquet",
        "pdf": "application/pdf", "php": "application/x-httpd-php", "png": "image/png",
        "ppt": "application/vnd.ms-powerpoint", "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "ps": "application/postscript", "psd": "image/vnd.adobe.photoshop", "py": "text/x-python", "rar": "application/vnd.rar",
        "rtf": "application/rtf", "sh": "application/x-sh", "sql": "application/sql", "srt": "application/x-subrip", "svg": "image/svg+xml",
        "swift": "text/x-swift", "tar": "application/x-tar", "tgz": "application/gzip", "tif": "image/tiff", "tiff": "image/tiff",
        "toml": "application/toml", "ts": "video/mp2t", "tsv": "text/tab-separated-values", "ttf": "font/ttf", "txt": "text/plain",
        "vtt": "text/vtt", "wasm": "application/wasm", "wav": "audio/wav", "weba": "audio/webm", "webm": "video/webm",
        "webp": "image/webp", "wmv": "video/x-ms-wmv", "woff": "font/woff", "woff2": "font/woff2", "xhtml": "application/xhtml+xml",
        "xls": "application/vnd.ms-excel", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xml": "application/xml", "xz": "application/x-xz", "yaml": "application/yaml", "yml": "application/yaml",
        "zip": "application/zip", "zst": "application/zstd",
    ]
}
