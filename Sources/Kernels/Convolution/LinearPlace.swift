/// A place in memory that is linear in a position.
struct LinearPlace {
    var origin: Int
    var batch: Int
    var depth: Int
    var height: Int
    var width: Int

    /// The place of the first voxel in a row.
    func row(_ batch: Int, _ depth: Int, _ height: Int) -> Int {
        origin &+ batch &* self.batch &+ depth &* self.depth &+ height &* self.height
    }

    /// Places in memory that holds the positions of `box` one after another, `stride` apart.
    init(in box: Box, stride: Int) {
        width = stride
        height = box.width.count &* width
        depth = box.height.count &* height
        batch = box.depth.count &* depth
        origin = 0
        origin =
            -row(box.batch.lowerBound, box.depth.lowerBound, box.height.lowerBound) &- box.width.lowerBound &* width
    }

    /// The place of the positions `first` + `step` p, as a function of p.
    func at(first: Size3, step: Size3) -> LinearPlace {
        var place = self
        place.origin = row(0, first.depth, first.height) &+ first.width &* width
        place.depth &*= step.depth
        place.height &*= step.height
        place.width &*= step.width
        return place
    }
}
