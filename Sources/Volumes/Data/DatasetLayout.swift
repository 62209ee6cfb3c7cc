import Support

/// A layout of data sets, declared in one value: where in a folder the scans and masks of the subjects lie, and how
/// phantoms are written there.
///
/// A new layout is a file in `Layouts/` and its line in `all`. From it follow the functions `volumes.dataset`,
/// `volumes.write_phantoms` and `volumes.layouts` with their help and errors, and the tests that every layout passes.
public struct DatasetLayout: Sendable {
    /// All layouts, in the order in which help lists them.
    public static let all = [ms, brats, bids, nnunet, decathlon, pairs]

    /// The name by which scripts choose it.
    public let name: String
    /// The paths that it looks for, in a phrase.
    public let summary: String
    /// What it takes beside the folder and the rules of masks.
    public let options: [any LayoutOption]
    /// The labels that may occur where `MaskRules` name none, in words; nil: every whole number from 0.
    public let labels: String?
    /// How phantoms are written in it; nil where they are not.
    public let phantoms: PhantomFiles?
    private let expected: @Sendable (Values) -> String
    private let scheme: @Sendable (_ folder: String, _ areRegions: Bool) throws(VolumeError) -> LabelScheme?
    private let listing: @Sendable (String, Values, MaskRules) throws(VolumeError) -> Dataset

    /// The values of all of a layout's options, by their names.
    private typealias Values = [String: String]

    /// Declares a layout with the options that are the cases of `Option`.
    ///
    /// - Parameters:
    ///   - expected: What a folder without subjects should have held, for the error, with the options' values.
    ///   - listing: Finds the subjects of a folder with the options' values, and those that it can tell are of no use.
    ///     It looks at names, or reads an index: whether files are there is seen to by `dataset`, which rejects
    ///     subjects that lack one. It throws where an option's value is not possible or the folder or index cannot be
    ///     read.
    ///   - scheme: The classes or regions that the layout, or the index of a folder, names; nil where it names none.
    package init<Option: LayoutOption>(
        _ name: String, _ summary: String, options: Option.Type, labels: String?, phantoms: PhantomFiles?,
        expected: @escaping @Sendable ((Option) -> String) -> String,
        listing:
            @escaping @Sendable (
                _ folder: String, _ value: (Option) -> String, _ rules: MaskRules
            ) throws(VolumeError) -> Dataset,
        scheme: @escaping @Sendable (_ folder: String, _ areRegions: Bool) throws(VolumeError) -> LabelScheme? = {
            _, _ in nil
        }
    ) {
        (self.name, self.summary, self.labels, self.phantoms) = (name, summary, labels, phantoms)
        self.options = Array(Option.allCases)
        self.scheme = scheme
        // `dataset` has a value for every option before it calls these.
        self.expected = { values in expected { values[$0.rawValue] ?? "" } }
        self.listing = { folder, values, rules throws(VolumeError) in
            try listing(folder, { values[$0.rawValue] ?? "" }, rules)
        }
    }

    /// Declares a layout whose `subjects` are all of use if their files are there.
    package init<Option: LayoutOption>(
        _ name: String, _ summary: String, options: Option.Type, labels: String?, phantoms: PhantomFiles?,
        expected: @escaping @Sendable ((Option) -> String) -> String,
        subjects:
            @escaping @Sendable (
                _ folder: String, _ value: (Option) -> String, _ rules: MaskRules
            ) throws(VolumeError) -> [Subject],
        scheme: @escaping @Sendable (_ folder: String, _ areRegions: Bool) throws(VolumeError) -> LabelScheme? = {
            _, _ in nil
        }
    ) {
        self.init(
            name, summary, options: options, labels: labels, phantoms: phantoms, expected: expected,
            listing: { folder, value, rules throws(VolumeError) in Dataset(try subjects(folder, value, rules)) },
            scheme: scheme)
    }

    /// The classes or regions that the layout names for `folder`; throws where it names none.
    public func scheme(in folder: String, areRegions: Bool) throws(VolumeError) -> LabelScheme {
        let name = areRegions ? "regions" : "classes"
        guard let scheme = try scheme(folder, areRegions) else {
            throw .parameter(
                name, value: "'layout'",
                expected: "a layout that names some, or the option \(name) ('\(self.name)' has none)")
        }
        return scheme
    }

    /// Finds the subjects of `folder`; one that lacks a file is among the data set's `rejected`.
    ///
    /// Only names, and an index where there is one, are looked at; `Dataset.checked` reads the files. `options` are
    /// values by name. `missing` says what becomes of a subject that lacks one of several sequences; without
    /// `needsLabels`, one that lacks its mask is taken as a volume to predict. Throws where the folder holds no subject
    /// that is whole (the first one's error, or what was expected there), and where the options do not fit
    /// (`accepts`).
    public func dataset(
        in folder: String, _ options: [String: String] = [:], rules: MaskRules = .standard,
        missing: MissingSequence = .reject, needsLabels: Bool = true
    ) throws(VolumeError) -> Dataset {
        try VolumeError.require(
            accepts(options.keys), "options", options.keys.sorted().joined(separator: ", "),
            "\(needed), as of '\(name)'")
        var values: Values = [:]
        for option in self.options { values[option.rawValue] = options[option.rawValue] ?? option.defaultValue }
        let listed = try listing(folder, values, rules)
        var (found, rejected) = ([Subject](), listed.rejected)
        for subject in listed.subjects {
            do throws(VolumeError) {
                found.append(try subject.located(missing: missing, needsLabels: needsLabels))
            } catch {
                rejected.append(RejectedSubject(id: subject.id, error: error))
            }
        }
        guard !found.isEmpty else {
            throw rejected.first?.error ?? .dataset(folder: folder, expected: expected(values))
        }
        return Dataset(found, rejected: rejected)
    }

    /// Whether options of these names can be given: all that have no default, and no other layout's that have none.
    ///
    /// Those that have a default elsewhere are passed over, so that a script can give them with any layout.
    public func accepts(_ names: some Sequence<String>) -> Bool {
        let defaulted = Self.all.flatMap(\.options).filter { $0.defaultValue != nil }
        return Set(needed).isSubset(of: names)
            && Set(names).isSubset(of: (options + defaulted).map { $0.rawValue })
    }

    /// The names of the options that have no default.
    public var needed: [String] { options.filter { $0.defaultValue == nil }.map { $0.rawValue } }
}

/// The options of a layout: an enumeration whose raw values are their names in scripts.
public protocol LayoutOption: CaseIterable, RawRepresentable, Sendable where RawValue == String {
    /// What it says, for help.
    var summary: String { get }
    /// The value where none is given; nil where one must be given.
    var defaultValue: String? { get }
}

/// The options of a layout that takes none.
package enum NoOption: LayoutOption {
    /// There is none of any name.
    package init?(rawValue: String) { return nil }

    /// There is none that could have a name.
    package var rawValue: String { switch self {} }

    /// There is none that could say something.
    package var summary: String { switch self {} }

    /// There is none that could have a default.
    package var defaultValue: String? { switch self {} }
}

extension Subject {
    /// The subject with the paths of the files that are there, with or without .gz; throws where one is missing that
    /// must not be.
    fileprivate func located(missing: MissingSequence, needsLabels: Bool) throws(VolumeError) -> Subject {
        var scans: [ScanFile] = []
        for scan in self.scans {
            do throws(VolumeError) { scans.append(try scan.located()) } catch {
                guard missing == .zeros else { throw error }
                scans.append(ScanFile(name: scan.name, path: scan.path, isMissing: true))
            }
        }
        guard scans.contains(where: { !$0.isMissing }) else { throw .missing(path: self.scans.first?.path ?? id) }
        for scan in scans where scan.isMissing {
            StandardStream.warnOnce("\(scan.path.shown): missing; the channel '\(scan.name)' of \(id) is 0")
        }
        var labels: ScanFile?
        do throws(VolumeError) { labels = try self.labels?.located() } catch {
            if needsLabels { throw error }
        }
        if labels == nil, needsLabels { throw labelsError ?? .missing(path: "the mask of \(id)") }
        return Subject(id: id, scans: scans, labels: labels, labelsError: labelsError, rules: rules)
    }
}

extension ScanFile {
    /// The file with the path that is there.
    fileprivate func located() throws(VolumeError) -> ScanFile {
        ScanFile(name: name, path: try Folder.volume(path), frame: frame)
    }
}
