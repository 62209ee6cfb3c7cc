import Study
import Support

extension FuzzTarget {
    /// What a study keeps: checkpoints and results, one form of file.
    static let results = [
        FuzzTarget("stored-file") { bytes, folder in
            _ = try StoredFile.read(write(bytes, to: "raw.safetensors", in: folder))
        },
        // The value in such a file, under a checksum that is right.
        FuzzTarget("stored-value") { bytes, folder in
            let value = try StoredValue(JSON(parsing: bytes), tensors: [:])
            let path = "\(folder)/value.safetensors"
            try StoredFile.write(value, to: path)
            guard let again = try? StoredFile.read(path) else {
                throw BrokenPromise(description: "promised: a value that was written can be read")
            }
            try BrokenPromise.unless(
                again.encoded().json == value.encoded().json, "a value is read as it was written")
        },
    ]
}
