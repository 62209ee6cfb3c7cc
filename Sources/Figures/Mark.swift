/// The shape of a point of a series: with the colour it tells series apart, in print without colours, too.
enum Mark: Int, CaseIterable {
    case disc, square, triangle, diamond

    /// The shape of series number `index`, from 0; with the palette's colours the pairs repeat after 28.
    static func series(_ index: Int) -> Mark { allCases[index % allCases.count] }
}

extension Canvas {
    /// Draws a mark around (x, y), 6 points wide, with a white rim that parts it from lines and other marks.
    func mark(_ mark: Mark, _ x: Double, _ y: Double, _ colour: Colour) {
        guard x.isFinite, y.isFinite else { return }
        func polygon(_ corners: [(Double, Double)]) {
            let points = corners.map { (x: x + $0.0, y: y + $0.1) }
            line(points + points.prefix(2), .white, width: 1.6)
            fill(points, colour)
        }
        switch mark {
        case .disc:
            dot(x, y, radius: 3.9, .white)
            dot(x, y, radius: 3.1, colour)
        case .square: polygon([(-2.8, -2.8), (2.8, -2.8), (2.8, 2.8), (-2.8, 2.8)])
        case .triangle: polygon([(0, -3.9), (3.6, 2.5), (-3.6, 2.5)])
        case .diamond: polygon([(0, -4), (4, 0), (0, 4), (-4, 0)])
        }
    }
}
