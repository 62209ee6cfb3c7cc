import Support
import Tensors

/// Optimisers in files.
extension Optimiser {
    /// Writes the state to the file at `path`, which is replaced whole or not at all.
    ///
    /// Kept are the settings, the learning rates and their factor, and what is remembered of each parameter; the
    /// parameters themselves are the network's.
    public func save(to path: String) throws {
        let state = state
        let tensors = state.tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
        try LunetteFile(kind: .optimiser, configuration: state.configuration, notes: [:]).write(tensors, to: path)
    }

    /// Takes over the state in the file at `path`, which an optimiser of this kind with the same parameters saved.
    ///
    /// Nothing is changed when the file is refused.
    public func load(from path: String) throws {
        let (file, tensors) = try LunetteFile.read(.optimiser, path)
        do {
            try load(TrainingState(configuration: file.configuration, tensors: tensors))
        } catch let error where error != .interrupted {
            throw FileError(path: path, reason: error.description)
        }
    }
}
