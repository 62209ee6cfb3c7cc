import Kernels
import Support

/// The routines that training spends its time in, one call each, for `Scripts/bench --save` and `--compare`, which
/// count the instructions of `measured`.
///
/// Runs each row and prints its name; on one thread, as counts would else differ from run to run.
@main enum KernelBenchmarks {
    static func main() {
        ThreadPool.shared.threads = 1
        for row in ConvolutionRow.all + ChannelRows.all + ElementRows.all + AutoencoderRows.all {
            run(row.prepare())
            end(row.name)
        }
    }
}

/// A row: its name, and what makes its data and returns the call to be counted.
struct Row {
    let name: String
    let prepare: () -> () -> Void
}

// Callgrind writes down the count so far where these two begin, which it finds by their names.
@inline(never)
func run(_ work: () -> Void) { work() }

@inline(never)
func end(_ name: String) { print(name) }

/// Numbers in memory, all alike: no routine of these takes a way that depends on them.
final class Numbers {
    let start: UnsafeMutablePointer<Float>

    init(_ count: Int, _ value: Float = 0.5) {
        start = UnsafeMutableRawPointer.allocate(byteCount: max(4 * count, 64), alignment: 64)
            .bindMemory(to: Float.self, capacity: count)
        start.update(repeating: value, count: count)
    }

    deinit { UnsafeMutableRawPointer(start).deallocate() }
}
