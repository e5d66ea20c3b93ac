/// Brings together what the configuration files and the command line say about a destination.
enum DestinationSettings {
    /// - Parameter options: what each `-o` was given, in order.
    static func resolve(
        _ url: String, options: [String], isSloppy: Bool = false, environment: [String: String]
    ) throws(CommandFailure) -> (ResolvedDestination, MountSettings) {
        let scheme = try DestinationSchemes.scheme(of: url)
        // Read once for the name of the configuration file, and for mistakes, which are the user's own and come first.
        let given = try MountOptionParser.parse(options, of: scheme, isSloppy: isSloppy)
        var settings = MountSettings()
        for layer in try ConfigurationFiles.layers(for: url, named: given.configuration, environment: environment) {
            try layer.apply(to: &settings, of: scheme)
        }
        try MountOptionParser.apply(options, of: scheme, to: &settings, isSloppy: isSloppy)
        let request = DestinationRequest(url: url, settings: settings, environment: environment)
        return (try scheme.destination(request), settings)
    }
}
