import Support

/// The subjects of one data set, in the order of their names.
public struct Dataset: Equatable, Sendable {
    /// The subjects, sorted by name.
    public let subjects: [Subject]
    /// The subjects that cannot be used and why, sorted by name: a study goes on without them and reports them.
    public let rejected: [RejectedSubject]

    /// Makes a data set of `subjects`, which it sorts by name.
    public init(_ subjects: [Subject], rejected: [RejectedSubject] = []) {
        self.subjects = subjects.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        self.rejected = rejected.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }

    /// The same subjects, as another scanner would have seen them.
    public func shifted(by shift: AcquisitionShift) -> Dataset {
        Dataset(subjects.map { $0.shifted(by: shift) }, rejected: rejected)
    }

    /// How scans and masks are changed as they are read; nil where they are not.
    public var shift: AcquisitionShift? { subjects.first?.shift }

    /// The names of the scans of each subject, in their order.
    public var sequences: [String] { subjects.first?.scans.map(\.name) ?? [] }

    /// What masks tell apart.
    public var scheme: LabelScheme { subjects.first?.rules.scheme ?? .foreground }

    /// Draws `train` and `test` different subjects at random.
    ///
    /// The test subjects depend on `seed` and `test` alone, and those of a smaller `train` are among those of a larger,
    /// so results for several sizes of the training set compare. Throws where there are too few subjects.
    public func split(train: Int, test: Int, seed: UInt64) throws(VolumeError) -> (train: Dataset, test: Dataset) {
        try VolumeError.require(train > 0 || test > 0, "train, test", "\(train), \(test)", "at least one subject")
        try VolumeError.require(
            train >= 0 && test >= 0 && train <= subjects.count && test <= subjects.count - train, "train, test",
            "\(train), \(test)", "together at most \(subjects.count) subjects")
        let order = RandomGenerator(seed: seed).permutation(subjects.count).map { subjects[$0] }
        return (Dataset(Array(order[test..<(test + train)])), Dataset(Array(order[..<test])))
    }

    /// Reads every file once, and moves the subjects that do not load to those rejected.
    ///
    /// Opening a data set looks at names alone; this finds damaged volumes, masks of another shape or position, and
    /// unknown labels before the work begins. Throws only where the user asked to stop.
    public func checked() throws(VolumeError) -> Dataset {
        let errors = ThreadPool.shared.map(subjects.count) { index -> VolumeError? in
            do throws(VolumeError) {
                _ = try subjects[index].load()
                return nil
            } catch {
                return error
            }
        }
        guard !Interrupt.isRequested, errors.count == subjects.count else { throw .interrupted }
        var (good, bad) = ([Subject](), rejected)
        for (subject, error) in zip(subjects, errors) {
            if let error { bad.append(RejectedSubject(id: subject.id, error: error)) } else { good.append(subject) }
        }
        return Dataset(good, rejected: bad)
    }
}

/// A subject that cannot be used, and why.
public struct RejectedSubject: Equatable, Sendable {
    /// The subject's name.
    public let id: String
    /// What is wrong; it names the file.
    public let error: VolumeError
}
