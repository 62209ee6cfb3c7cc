import Foundation
import FuzzTargets
import Support
import TestSupport

/// libFuzzer, which is linked by `Scripts/fuzz`: it calls the target with what it makes up, to the end or a defect.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// `Fuzz FORMAT [OPTION OF LIBFUZZER...] [FOLDER...]`; without arguments, it lists the formats.
@main
enum Fuzz {
    nonisolated(unsafe) private static var target: FuzzTarget?
    nonisolated(unsafe) private static var folder = ""

    static func main() throws {
        guard CommandLine.argc > 1 else { return print(FuzzTarget.all.map(\.name).joined(separator: "\n")) }
        let name = CommandLine.arguments[1]
        target = FuzzTarget.all.first { $0.name == name }
        guard target != nil else { throw FileError(path: name, reason: "no such format") }
        let temporary = try TemporaryFolder()
        folder = temporary.path
        // Whatever a file asks for beyond this is refused, as on a small machine.
        AvailableMemory.setLimit(256 << 20)
        // libFuzzer reads no argument that it does not know.
        var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
        arguments[1] = arguments[0]
        arguments += 1
        count -= 1
        let status = runDriver(&count, &arguments) { start, count in
            let bytes = Array(UnsafeBufferPointer(start: start, count: count))
            do {
                try Fuzz.target?.read(bytes, Fuzz.folder)
            } catch let broken as BrokenPromise {
                fatalError(broken.description)
            } catch {}
            return 0
        }
        withExtendedLifetime(temporary) {}
        exit(status)
    }
}
