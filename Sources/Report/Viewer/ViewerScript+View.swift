extension ViewerScript {
    /// One plane of a volume: its picture, and what pointer, wheel and keys do there.
    static let view = #"""
        // The axes of a plane: 0 right, 1 anterior, 2 superior.
        const planes = [
          {name: "Axial", across: 0, up: 1, through: 2},
          {name: "Coronal", across: 0, up: 2, through: 1},
          {name: "Sagittal", across: 1, up: 2, through: 0},
        ];
        const letters = [["L", "R"], ["P", "A"], ["I", "S"]];

        class View {
          constructor(viewer, plane) {
            Object.assign(this, plane);
            this.viewer = viewer;
            const {volume} = viewer, {across, up, through} = plane;
            this.columns = volume.count[across];
            this.rows = volume.count[up];
            this.cell = [across, up].map(axis => volume.spacing[axis] * volume.factor[axis]);
            this.classes = new Uint8Array(this.columns * this.rows);
            this.slice = document.createElement("canvas");
            [this.slice.width, this.slice.height] = [this.columns, this.rows];
            this.image = new ImageData(this.columns, this.rows);
            this.pixels = new Uint32Array(this.image.data.buffer);
            this.canvas = make("canvas", {tabIndex: 0}, {role: "application"});
            this.slider = make("input", {type: "range", min: 0, max: volume.count[through] - 1, step: 1},
              {"aria-label": `${plane.name} slice`});
            this.output = make("output");
            this.slider.addEventListener("input", () => viewer.move(through, this.slider.valueAsNumber));
            this.element = make("div", {className: `plane ${plane.name.toLowerCase()}`}, {}, this.canvas,
              make("label", {}, {}, make("span", {textContent: plane.name}), this.slider, this.output));
            // A thin plane gets some room, too. Side by side, all three have one scale and one height.
            const least = 0.35 * Math.max(...volume.extent);
            this.room = [across, up].map(axis => Math.max(volume.extent[axis], least));
            const highest = Math.max(volume.extent[1], volume.extent[2], least);
            this.canvas.style.setProperty("--own", `${this.room[0]} / ${this.room[1]}`);
            this.canvas.style.setProperty("--beside", `${this.room[0]} / ${highest}`);
            this.listen();
          }

          // Whether the axis across grows to the left: to the right in radiological convention; anterior is left.
          get isMirrored() { return this.across === 1 || this.viewer.isRadiological; }

          listen() {
            const {canvas, viewer} = this;
            const place = event => {
              const box = canvas.getBoundingClientRect(), {left, top, width, height} = this.area();
              const column = Math.floor((event.clientX - box.left - left) / width * this.columns);
              const row = Math.floor((event.clientY - box.top - top) / height * this.rows);
              viewer.move(this.across, this.isMirrored ? this.columns - 1 - column : column);
              viewer.move(this.up, this.rows - 1 - row);
            };
            canvas.addEventListener("pointerdown", event => {
              if (event.button !== 0) return;
              canvas.setPointerCapture(event.pointerId);
              place(event);
            });
            canvas.addEventListener("pointermove", event => {
              if (canvas.hasPointerCapture(event.pointerId)) place(event);
            });
            canvas.addEventListener("wheel", event => {
              if (event.ctrlKey || event.deltaY === 0) return;
              // At the last slice the wheel moves the page.
              if (viewer.move(this.through, viewer.point[this.through] - Math.sign(event.deltaY))) event.preventDefault();
            }, {passive: false});
            canvas.addEventListener("keydown", event => {
              const side = this.isMirrored ? -1 : 1;
              const steps = {
                ArrowRight: [this.across, side], ArrowLeft: [this.across, -side], ArrowUp: [this.up, 1],
                ArrowDown: [this.up, -1], PageUp: [this.through, 1], PageDown: [this.through, -1],
              };
              if (!steps[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
              const [axis, step] = steps[event.key];
              viewer.move(axis, viewer.point[axis] + step * (event.shiftKey ? 10 : 1));
              event.preventDefault();
            });
          }

          // Where the slice lies on the canvas, in CSS pixels.
          area() {
            const scale = this.canvas.clientWidth / this.room[0];
            const [width, height] = [this.columns * this.cell[0] * scale, this.rows * this.cell[1] * scale];
            return {
              left: (this.canvas.clientWidth - width) / 2, top: (this.canvas.clientHeight - height) / 2, width, height,
            };
          }

          draw() {
            const {canvas, viewer} = this, {volume} = viewer, density = window.devicePixelRatio || 1;
            const [width, height] = [canvas.clientWidth, canvas.clientHeight];
            [canvas.width, canvas.height] = [width, height].map(length => Math.max(1, Math.round(length * density)));
            const context = canvas.getContext("2d");
            context.scale(density, density);
            const area = this.area();
            this.paint(context, area, volume.scan, viewer.greys, true);
            for (const layer of viewer.stack) {
              if (!layer.isShown) continue;
              context.globalAlpha = layer.opacity;
              this.paint(context, area, layer, layer.tints, false);
              if (layer.role === "mask") this.outline(context, area, layer);
            }
            context.globalAlpha = 1;
            this.mark(context, area, width, height);
            const slice = viewer.point[this.through];
            this.slider.value = slice;
            this.output.textContent = `${slice + 1} / ${volume.count[this.through]}`;
            canvas.setAttribute("aria-label", `${this.name} plane, slice ${slice + 1} of ${volume.count[this.through]}. `
              + "Arrow keys move the cross-hair, Page Up and Page Down the slice.");
          }

          // Calls `take` with the place on the picture, from the top left, and the place among the codes.
          each(take) {
            const {volume, point} = this.viewer, at = [...point];
            let place = 0;
            for (let row = this.rows - 1; row >= 0; row--) {
              at[this.up] = row;
              for (let column = 0; column < this.columns; column++) {
                at[this.across] = this.isMirrored ? this.columns - 1 - column : column;
                take(place++, volume.index(at));
              }
            }
          }

          paint(context, area, layer, table, isSmooth) {
            const {codes, background} = layer, {pixels} = this;
            this.each((place, index) => { pixels[place] = table[index < 0 ? background : codes[index]]; });
            this.slice.getContext("2d").putImageData(this.image, 0, 0);
            context.imageSmoothingEnabled = isSmooth;
            context.drawImage(this.slice, area.left, area.top, area.width, area.height);
          }

          // Lines between voxels of different classes, in the colour of the larger.
          outline(context, area, layer) {
            const {columns, rows, classes} = this, paths = new Map();
            this.each((place, index) => { classes[place] = index < 0 ? 0 : layer.classOf[layer.codes[index]]; });
            const [width, height] = [area.width / columns, area.height / rows];
            const line = (a, b, x, y, right, down) => {
              if (a === b) return;
              const kind = Math.max(a, b);
              if (!paths.has(kind)) paths.set(kind, new Path2D());
              paths.get(kind).moveTo(area.left + x * width, area.top + y * height);
              paths.get(kind).lineTo(area.left + (x + right) * width, area.top + (y + down) * height);
            };
            for (let y = 0; y < rows; y++) {
              for (let x = 0; x < columns; x++) {
                const own = classes[y * columns + x];
                line(own, x + 1 < columns ? classes[y * columns + x + 1] : 0, x + 1, y, 0, 1);
                line(own, y + 1 < rows ? classes[(y + 1) * columns + x] : 0, x, y + 1, 1, 0);
                if (x === 0) line(own, 0, 0, y, 0, 1);
                if (y === 0) line(own, 0, x, 0, 1, 0);
              }
            }
            context.lineWidth = 1.25;
            for (const [kind, path] of paths) {
              context.strokeStyle = this.viewer.colour(layer, kind);
              context.stroke(path);
            }
          }

          // The cross-hair, open in its middle, and the letters of the directions.
          mark(context, area, width, height) {
            const {point} = this.viewer, [across, up] = [point[this.across], point[this.up]];
            const column = this.isMirrored ? this.columns - 1 - across : across;
            const x = area.left + (column + 0.5) / this.columns * area.width;
            const y = area.top + (this.rows - 0.5 - up) / this.rows * area.height;
            context.strokeStyle = "#B6FF3B";
            context.lineWidth = 1;
            context.beginPath();
            for (const [fromX, fromY, toX, toY] of [
              [0, y, x - 7, y], [x + 7, y, width, y], [x, 0, x, y - 7], [x, y + 7, x, height],
            ]) {
              context.moveTo(fromX, fromY);
              context.lineTo(toX, toY);
            }
            context.stroke();
            const [low, high] = letters[this.across], sides = this.isMirrored ? [high, low] : [low, high];
            context.font = "600 14px system-ui, sans-serif";
            context.textAlign = "center";
            context.textBaseline = "middle";
            context.lineWidth = 3;
            context.strokeStyle = "#000";
            context.fillStyle = "#fff";
            for (const [letter, left, top] of [
              [sides[0], 11, height / 2], [sides[1], width - 11, height / 2], [letters[this.up][1], width / 2, 12],
              [letters[this.up][0], width / 2, height - 11],
            ]) {
              context.strokeText(letter, left, top);
              context.fillText(letter, left, top);
            }
          }
        }
        """#
}
