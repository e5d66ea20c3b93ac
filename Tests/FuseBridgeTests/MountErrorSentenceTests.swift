import FuseBridge
import Glibc
import LinuxIO
import Testing

/// Why a mount fails, in the words that users read.
struct MountErrorSentenceTests {
    @Test(
        arguments: [
            (.noMountpoint(path: "/m"), "mountpoint /m does not exist; make the directory first"),
            (.notADirectory(path: "/m"), "mountpoint /m is not a directory"),
            (.alreadyMounted(path: "/m"), "mountpoint /m is busy, a FUSE file system is mounted there; unmount it first"),
            (.deadMount(path: "/m"), "mountpoint /m is a dead mount whose process has ended; run: fusermount3 -u /m"),
            (.mountpointUnusable(path: "/m", Errno(EACCES)), "mountpoint /m cannot be used: Permission denied"),
            (.noFuseDevice(Errno(EACCES)), "permission denied for /dev/fuse; run as root: chmod 666 /dev/fuse"),
            (
                .noFuseDevice(Errno(ENOENT)),
                "cannot open /dev/fuse (No such file or directory); load the kernel module with: modprobe fuse"
            ),
            (
                .otherUsersNotAllowed,
                "allow_other is for root only, unless /etc/fuse.conf contains the line user_allow_other; add it, or leave allow_other out"
            ),
            (.symbolicLinksCannotBeRefused(Errno(EPERM)), "nosymfollow is for root only; leave it out"),
            (
                .symbolicLinksCannotBeRefused(Errno(ENOSYS)),
                "the kernel refuses nosymfollow, which needs Linux 5.12 (Function not implemented); leave it out"
            ),
            (.refused(path: "/m", reason: "no luck"), "cannot mount on /m: no luck"),
        ] as [(MountError, String)])
    func eachErrorSaysWhatToDo(error: MountError, sentence: String) {
        #expect("\(error)" == sentence)
    }
}
