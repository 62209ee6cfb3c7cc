/// The script of volumes on a page. It finds elements of the class "volume-viewer", unpacks their data, and puts the
/// viewer into a shadow tree, where the page's style and the viewer's do not meet; an element is taken once, however
/// often the script runs, as it does in Jupyter.
///
/// It asks for nothing from elsewhere, and neither evaluates text nor writes HTML, so that the data of a notebook from
/// others are shown and never run.
enum ViewerScript {
    /// The whole script.
    static let text = """
        (() => {
        "use strict";
        const style = `
        \(ViewerStyle.css)`;
        \(volume)
        \(view)
        \(controls)
        \(mounting)
        })();
        """

    /// The data of a volume. A point has three indices, towards right, anterior and superior, of voxels or of those
    /// that are joined to one.
    private static let volume = #"""
        const unpack = async text => {
          const packed = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
          const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
          const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
          const length = new DataView(bytes.buffer).getUint32(0, true);
          const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
          let start = 4 + length;
          for (const layer of header.layers) {
            layer.codes = codesOf(bytes.subarray(start), header.size, layer.planes);
            start += layer.codes.length * layer.planes;
          }
          return new Volume(header);
        };

        // Each code was stored less the median of its three neighbours before it.
        const codesOf = (bytes, [width, height, depth], planes) => {
          const count = width * height * depth, slice = width * height;
          const codes = planes === 1 ? new Uint8Array(count) : new Uint16Array(count);
          let index = 0;
          for (let z = 0; z < depth; z++) {
            for (let y = 0; y < height; y++) {
              for (let x = 0; x < width; x++, index++) {
                const a = x ? codes[index - 1] : 0, b = y ? codes[index - width] : 0, c = z ? codes[index - slice] : 0;
                const median = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
                codes[index] = median + bytes[index] + (planes === 2 ? bytes[count + index] << 8 : 0);
              }
            }
          }
          return codes;
        };

        class Volume {
          constructor(header) {
            Object.assign(this, header);
            this.scan = this.layers[0];
            this.count = this.voxels.map((count, axis) => Math.ceil(count / this.factor[axis]));
            this.extent = this.voxels.map((count, axis) => count * this.spacing[axis]);
          }

          // The place of a point's code; -1 outside of the box, where all is background.
          index(point) {
            let index = 0;
            for (let axis = 2; axis >= 0; axis--) {
              const place = point[axis] - this.start[axis];
              if (place < 0 || place >= this.size[axis]) return -1;
              index = index * this.size[axis] + place;
            }
            return index;
          }

          // The voxel in the middle of a point, in the order of the viewer.
          middle(point) {
            return point.map((place, axis) => {
              const first = place * this.factor[axis];
              return (first + Math.min(first + this.factor[axis], this.voxels[axis]) - 1) / 2;
            });
          }

          // Depth, height and width, from 1, as the scan's own tensor is indexed.
          voxel(point) {
            const own = [];
            this.middle(point).forEach((place, axis) => {
              const whole = Math.floor(place);
              own[2 - this.axes[axis]] = (this.flipped[axis] ? this.voxels[axis] - 1 - whole : whole) + 1;
            });
            return own;
          }

          // The millimetres of the affine.
          world(point) {
            const place = this.middle(point);
            return this.origin.map((start, row) =>
              this.steps.reduce((sum, step, axis) => sum + step[row] * place[axis], start));
          }

          // The value at a point, as exactly as it was kept.
          text(layer, point) {
            const index = this.index(point);
            if (index < 0) return layer.isLabels ? "0" : "background";
            const code = layer.codes[index];
            if (code === 0) return "not finite";
            const value = number(valueOf(layer, code), layer.step);
            if (code === 1 && layer.isCut[0]) return `${value} or less`;
            if (code === layer.levels && layer.isCut[1]) return `${value} or more`;
            return layer.isExact || layer.isLabels ? value : `${value} ± ${bound(layer.step)}`;
          }
        }

        const valueOf = (layer, code) => layer.low + (code - 1) * layer.step;

        // A value with the decimals that steps of this size are told apart by.
        const decimalsOf = step => Math.max(0, Math.ceil(-Math.log10(step)));
        const number = (value, step) => {
          const decimals = decimalsOf(step);
          return decimals > 9 || Math.abs(value) >= 1e9 ? value.toPrecision(5) : value.toFixed(decimals);
        };

        // How far such a text may be from the value that was kept in these steps, rounded up to one digit.
        const bound = step => {
          const error = step / 2 + 0.5 / 10 ** decimalsOf(step), unit = 10 ** Math.floor(Math.log10(error));
          return Number((Math.ceil(error / unit) * unit).toPrecision(1));
        };

        // A colour "#RRGGBB" half way to white.
        const lighter = colour => "#" + [1, 3, 5].map(start => {
          return Math.round((parseInt(colour.slice(start, start + 2), 16) + 255) / 2).toString(16).padStart(2, "0");
        }).join("");

        // A colour "#RRGGBB" as a pixel of a canvas, whose bytes are red, green, blue and opacity.
        const pixel = (colour, opacity = 1) => {
          const [red, green, blue] = [1, 3, 5].map(start => parseInt(colour.slice(start, start + 2), 16));
          return (Math.round(opacity * 255) << 24 | blue << 16 | green << 8 | red) >>> 0;
        };
        """#

    /// A loop over the elements of the page.
    private static let mounting = #"""
        for (const host of document.querySelectorAll(".volume-viewer")) {
          if (host.shadowRoot) continue;
          const root = host.attachShadow({mode: "open"}), sheet = new CSSStyleSheet();
          sheet.replaceSync(style);
          root.adoptedStyleSheets = [sheet];
          // JupyterLab takes the keys of its shortcuts before anyone else, unless it is told not to.
          host.dataset.lmSuppressShortcuts = "true";
          unpack(host.dataset.volume).then(volume => new Viewer(root, volume)).catch(error => {
            root.append(make("p", {textContent: `This volume cannot be shown: ${error.message}`}));
          });
        }
        """#
}
