import Commands
import Glibc

exit(Uploadfs.run(arguments: Array(CommandLine.arguments.dropFirst())))
