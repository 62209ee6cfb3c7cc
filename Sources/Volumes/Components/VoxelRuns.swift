import Support

/// The runs of equal positive voxels along x, as trees that union-find joins: the root of each tree is its first run.
struct VoxelRuns {
    /// Neighbouring voxels of one row with the same positive value.
    struct Run {
        /// Their first index, and the one after their last.
        let start: Int32, end: Int32
        /// An earlier run of the same tree, or the run itself.
        var parent: Int32

        /// The indices of its voxels.
        var voxels: Range<Int> { Int(start)..<Int(end) }
    }

    private let shape: [Int]
    /// All runs, in the order of their voxels.
    private(set) var runs: [Run] = []
    /// Where the runs of each row begin in `runs`, and at last where they end.
    private var rows: [Int] = [0]

    /// Finds the runs of an array of `shape`, of less than 2^31 values; throws where there is no memory for them.
    init(of values: UnsafeBufferPointer<Float>, shape: [Int]) throws(VolumeError) {
        self.shape = shape
        let width = shape[2]
        // Counted first, because an array that grows takes up to three times the memory.
        var count = 0
        for index in values.indices where values[index] > 0 {
            if index % width == 0 || values[index - 1] != values[index] { count += 1 }
        }
        try VolumeError.wrapping {
            try AvailableMemory.require(
                count * MemoryLayout<Run>.stride + shape[0] * shape[1] * MemoryLayout<Int>.stride,
                for: "the components of a mask of \(shape.shapeText) voxels")
        }
        runs.reserveCapacity(count)
        rows.reserveCapacity(shape[0] * shape[1] + 1)
        for row in 0..<(shape[0] * shape[1]) {
            if row % shape[1] == 0, Interrupt.isRequested { throw .interrupted }
            var index = row * width
            let end = index + width
            while index < end {
                let start = index
                index += 1
                guard values[start] > 0 else { continue }
                while index < end, values[index] == values[start] { index += 1 }
                runs.append(Run(start: Int32(start), end: Int32(index), parent: Int32(runs.count)))
            }
            rows.append(runs.count)
        }
    }

    /// Joins the runs of `values` that touch and have the same value; throws where the user asked to stop.
    mutating func join(
        _ values: UnsafeBufferPointer<Float>, _ connectivity: ConnectedComponents.Connectivity
    ) throws(VolumeError) {
        // The rows before a row that touch it, as steps in z and y.
        let steps = [(0, -1), (-1, 0), (-1, -1), (-1, 1)].filter { abs($0.0) + abs($0.1) <= connectivity.reach }
        for z in 0..<shape[0] {
            guard !Interrupt.isRequested else { throw .interrupted }
            for y in 0..<shape[1] {
                for (dz, dy) in steps where z + dz >= 0 && (0..<shape[1]).contains(y + dy) {
                    // Whether a voxel may also be one to the left or right.
                    let slack = abs(dz) + abs(dy) < connectivity.reach ? 1 : 0
                    join(z * shape[1] + y, (z + dz) * shape[1] + y + dy, slack: slack, values)
                }
            }
        }
    }

    /// Joins the touching runs of two rows, where runs that are `slack` voxels apart along x touch, too.
    private mutating func join(_ row: Int, _ other: Int, slack: Int, _ values: UnsafeBufferPointer<Float>) {
        let offset = (row - other) * shape[2]
        var candidate = rows[other]
        for index in rows[row]..<rows[row + 1] {
            // The run as if it lay in the other row.
            let (start, end) = (Int(runs[index].start) - offset, Int(runs[index].end) - offset)
            while candidate < rows[other + 1], Int(runs[candidate].end) + slack <= start { candidate += 1 }
            var neighbour = candidate
            while neighbour < rows[other + 1], Int(runs[neighbour].start) < end + slack {
                if values[Int(runs[neighbour].start)] == values[Int(runs[index].start)] { unite(index, neighbour) }
                neighbour += 1
            }
        }
    }

    private mutating func unite(_ first: Int, _ second: Int) {
        let (a, b) = (root(of: first), root(of: second))
        runs[max(a, b)].parent = Int32(min(a, b))
    }

    private mutating func root(of index: Int) -> Int {
        var root = index
        while Int(runs[root].parent) != root {
            // Halving the path keeps it short.
            runs[root].parent = runs[Int(runs[root].parent)].parent
            root = Int(runs[root].parent)
        }
        return root
    }

    /// Numbers the trees from 0 in the order of their roots, and makes each run's parent the number of its tree; gives
    /// how many there are. Runs cannot be joined any more.
    mutating func numberRoots() -> Int {
        var count: Int32 = 0
        // A parent stands before its run, so it has its number already.
        for index in runs.indices {
            let parent = Int(runs[index].parent)
            if parent == index {
                runs[index].parent = count
                count += 1
            } else {
                runs[index].parent = runs[parent].parent
            }
        }
        return Int(count)
    }
}
