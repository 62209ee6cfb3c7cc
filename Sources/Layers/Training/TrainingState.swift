import Tensors

/// All that training needs to go on from where it stopped: settings and counts, and tensors by name.
public struct TrainingState {
    /// What it is the state of, its settings, and how far it has come.
    public var configuration: Configuration
    /// What is remembered; the names are those that the owner of the state gave.
    public var tensors: [String: Tensor]

    /// Puts a state together.
    public init(configuration: Configuration, tensors: [String: Tensor]) {
        self.configuration = configuration
        self.tensors = tensors
    }
}

/// Training, or a part of it, that stops and goes on to the same bits: an optimiser, or a fit that is under way.
public protocol Restartable: AnyObject {
    /// What it goes on from; the tensors are its own, not copies.
    var state: TrainingState { get }

    /// Takes over a state of an object of the same kind that was made in the same way; nothing is changed when it is
    /// refused.
    func load(_ state: TrainingState) throws(TensorError)
}
