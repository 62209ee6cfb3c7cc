import Sessions

/// How volumes look.
extension VolumeObject: DisplayedObject {
    /// The slices of `show`.
    var richForm: RichForm? {
        get throws { .figure(try figure(title: description)) }
    }

    /// The shape.
    var displaySize: DisplaySize? { DisplaySize(shape: volume.shape) }
}

/// How samples look.
extension SampleObject: DisplayedObject {
    /// The slices of `show`, with the label over them.
    var richForm: RichForm? {
        get throws { .figure(try figure(title: description)) }
    }
}
