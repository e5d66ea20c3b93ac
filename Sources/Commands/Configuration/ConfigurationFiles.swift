import Glibc
import LinuxIO
import UploadCore

/// Finds and reads the configuration files that hold for a destination.
enum ConfigurationFiles {
    static let system = "/etc/uploadfs/config.toml"
    /// No one writes a longer one by hand.
    private static let bytesMax = 1 << 20

    /// What the files say, from the weakest to the strongest: what is general before what is for the destination, and each time the
    /// system's file before the user's.
    /// - Parameter named: the file that the option `config` names; no other one is read then, and it must exist.
    static func layers(
        for url: String, named: String?, environment: [String: String], system: String = system
    ) throws(CommandFailure) -> [SettingsLayer] {
        let files = try files(named: named, environment: environment, system: system)
        let general = files.map { SettingsLayer(file: $0.path, entries: $0.general, isGeneral: true) }
        let special = files.compactMap { file in
            file.section(for: url).map { SettingsLayer(file: file.path, entries: $0.entries, isGeneral: false) }
        }
        return general + special
    }

    private static func files(
        named: String?, environment: [String: String], system: String
    ) throws(CommandFailure) -> [ConfigurationFile] {
        if let named {
            do { return [try read(named)] } catch { throw failure(named, error) }
        }
        var files: [ConfigurationFile] = []
        for path in [system] + userFile(environment) {
            do {
                files.append(try read(path))
            } catch {
                // The system's file may be for root's mounts alone.
                if case .notOpened(let errno) = error, [ENOENT, ENOTDIR].contains(errno.code) || (errno.code == EACCES && path == system) {
                    continue
                }
                throw failure(path, error)
            }
        }
        return files
    }

    /// `~/.config/uploadfs/config.toml`, or where XDG_CONFIG_HOME puts it; empty where there is no home.
    private static func userFile(_ environment: [String: String]) -> [String] {
        if let directory = environment["XDG_CONFIG_HOME"], directory.hasBytes(prefix: "/") { return ["\(directory)/uploadfs/config.toml"] }
        guard let home = environment["HOME"], home.hasBytes(prefix: "/") else { return [] }
        return ["\(home)/.config/uploadfs/config.toml"]
    }

    private enum Failure: Error {
        case notOpened(Errno)
        case noFile
        case wrong(CommandFailure)
    }

    private static func failure(_ path: String, _ failure: Failure) -> CommandFailure {
        switch failure {
        case .notOpened(let errno): .system("the configuration file \(path.printable) cannot be read", errno)
        case .noFile: CommandFailure(.configuration, "\(path.printable) is not a configuration file")
        case .wrong(let failure): failure
        }
    }

    private static func read(_ path: String) throws(Failure) -> ConfigurationFile {
        let (text, mode) = try content(path)
        do {
            let file = try ConfigurationFile(path: path, text: text)
            try ConfigurationCheck(file: file).run(isOpenToOthers: mode & (S_IRGRP | S_IROTH) != 0)
            return file
        } catch {
            throw .wrong(error)
        }
    }

    private static func content(_ path: String) throws(Failure) -> (text: String, mode: mode_t) {
        let outcome = Result { () throws(Errno) -> (text: String, mode: mode_t)? in
            let file = try Descriptor.open(BytePath(path), O_RDONLY | O_NONBLOCK)
            let status = try file.attributes()
            guard status.isRegularFile, status.size <= bytesMax else { return nil }
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesMax, alignment: 1)
            defer { buffer.deallocate() }
            let count = try file.read(at: 0, into: buffer)
            return (String(decoding: buffer[..<count], as: UTF8.self), status.mode)
        }
        switch outcome {
        case .success(let content?): return content
        case .success(nil): throw .noFile
        case .failure(let errno): throw .notOpened(errno)
        }
    }
}
