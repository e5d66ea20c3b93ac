import FuseBridge
import UploadEngine
import UploadFilesystem

/// What the request means to each part of the mount.
extension MountRequest {
    var engineConfiguration: UploadEngine.Configuration {
        UploadEngine.Configuration(
            partLength: destination.chunkSize, parallelFiles: settings.parallelFiles,
            parallelParts: destination.parallelParts, verifiesSources: settings.verifiesSources,
            settle: settings.settle,
            hold: settings.hold,
            propagateRemovals: settings.propagatesRemovals)
    }

    var filesystemOptions: FilesystemOptions {
        var options = FilesystemOptions(source: destination.url)
        options.closeWaits = settings.closeWaits
        options.fsyncWaits = settings.fsyncWaits
        options.userShown = settings.owner
        options.groupShown = settings.group
        options.umaskShown = settings.umask
        return options
    }

    var mountOptions: MountOptions {
        var options = MountOptions(source: destination.url)
        options.allowOther = settings.allowOther
        // Owners and modes that are shown in place of the real ones count for nothing unless the kernel checks them.
        options.checksPermissions =
            settings.defaultPermissions || settings.owner != nil || settings.group != nil || settings.umask != nil
        options.readOnly = settings.readOnly
        options.wantsPassthrough = settings.passthrough != .off
        options.followsSymbolicLinks = settings.followsSymbolicLinks
        options.generic = settings.kernelOptions
        return options
    }
}
