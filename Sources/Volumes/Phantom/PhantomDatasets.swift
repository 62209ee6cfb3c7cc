import Support

extension Phantom {
    /// Writes `count` heads with MS into `folder` in the layout of the MS data (FLAIR), and returns the data set.
    ///
    /// Subject k has the seed of the k-th block of the stream `seed`; `shape` is depth, height, width.
    @discardableResult
    public static func writeMS(
        to folder: String, count: Int, seed: UInt64, shape: [Int] = [48, 56, 48]
    ) throws(VolumeError) -> Dataset {
        try write(.ms, count: count, seed: seed, shape: shape) { phantom, number throws(VolumeError) in
            let path = try makeFolder("\(folder)/\(padded(number, to: 3))01")
            try phantom.image(.flair).write(to: path + "/mri_crop.nii.gz", type: .int16, isScaled: true)
            try phantom.labels.write(to: path + "/mask_crop.nii.gz", type: .uint8)
        }
        return try Dataset.ms(folder)
    }

    /// Writes `count` heads with tumours into `folder` in the layout of BRATS 2018, every fourth as LGG, and returns the
    /// data set.
    ///
    /// `contrasts` (default T2) are the scans of each head, the data set's is the first. Subject k has the seed of the
    /// k-th block of the stream `seed`; `shape` is depth, height, width.
    @discardableResult
    public static func writeBRATS(
        to folder: String, count: Int, seed: UInt64, shape: [Int] = [48, 56, 48], contrasts: [Contrast] = [.t2]
    ) throws(VolumeError) -> Dataset {
        guard let contrast = contrasts.first else {
            throw .parameter("contrasts", value: "empty", expected: "at least one of t1, t1ce, t2, flair")
        }
        try write(.tumour, count: count, seed: seed, shape: shape) { phantom, number throws(VolumeError) in
            let name = "Brats18_P\(padded(number, to: 3))_1"
            let path = try makeFolder("\(folder)/\(number % 4 == 0 ? "LGG" : "HGG")/\(name)") + "/\(name)_"
            for contrast in contrasts {
                let file = "\(path)\(contrast.rawValue).nii.gz"
                try phantom.image(contrast).write(to: file, type: .int16, isScaled: true)
            }
            try phantom.labels.write(to: path + "seg.nii.gz", type: .uint8)
        }
        return try Dataset.brats(folder, modality: contrast.rawValue)
    }

    private static func write(
        _ disease: Disease, count: Int, seed: UInt64, shape: [Int],
        _ save: (Phantom, Int) throws(VolumeError) -> Void
    ) throws(VolumeError) {
        guard (1...9999).contains(count) else {
            throw .parameter("count", value: "\(count)", expected: "a number from 1 to 9999")
        }
        let generator = RandomGenerator(seed: seed)
        for number in 1...count {
            guard !Interrupt.isRequested else { throw .interrupted }
            let block = generator.nextBlock()
            let own = UInt64(block[0]) | UInt64(block[1]) << 32
            try save(Phantom(disease, seed: own, shape: shape), number)
        }
    }

    private static func makeFolder(_ path: String) throws(VolumeError) -> String {
        do throws(FileError) {
            try FileSystem.makeFolder(path)
            return path
        } catch {
            throw .system(path: error.path, reason: "the folder cannot be made: \(error.reason)")
        }
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
