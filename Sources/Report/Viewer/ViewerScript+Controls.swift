extension ViewerScript {
    /// The viewer of one volume: its planes, and the controls below them.
    static let controls = #"""
        const make = (tag, properties = {}, attributes = {}, ...children) => {
          const element = Object.assign(document.createElement(tag), properties);
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          element.append(...children);
          return element;
        };

        const violet = "#6A2A8C";

        class Viewer {
          constructor(root, volume) {
            this.volume = volume;
            this.isRadiological = true;
            this.overlays = volume.layers.slice(1);
            this.overlays.forEach(layer => this.prepare(layer));
            // Masks are outlines, which stay visible over the others.
            const order = ["uncertainty", "prediction", "mask"];
            this.stack = [...this.overlays].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
            this.point = this.beginning();
            this.views = planes.map(plane => new View(this, plane));
            const elements = this.views.map(view => view.element);
            this.element = make("div", {className: "viewer"}, {role: "group", "aria-label": "Volume viewer"},
              make("div", {className: "planes"}, {}, ...elements),
              make("div", {className: "panel"}, {}, this.readings(), this.windowControls(), this.layerControls()),
              ...volume.notes.map(note => make("p", {textContent: note})),
              make("p", {className: "hint", textContent: "Click or drag a picture, or press arrow keys on it, to move the "
                + "cross-hair; turn the wheel, press Page Up or Page Down, or use the sliders for slices."}));
            const across = this.views[0].room[0], along = this.views[2].room[0];
            this.element.style.setProperty("--across", `${across / along}fr`);
            root.append(this.element);
            this.resetWindow();
            new ResizeObserver(() => this.refresh()).observe(this.element);
          }

          // Where there is most of the first mask or prediction, slice by slice in each direction; else the middle.
          beginning() {
            const {volume} = this, [width, height] = volume.size, counts = volume.size.map(size => new Uint32Array(size));
            const layer = this.overlays.find(layer => layer.role !== "uncertainty");
            layer?.codes.forEach((code, index) => {
              if (layer.classOf[code] === 0) return;
              counts[0][index % width]++;
              counts[1][Math.floor(index / width) % height]++;
              counts[2][Math.floor(index / width / height)]++;
            });
            return counts.map((counts, axis) => {
              const most = counts.reduce((most, count) => Math.max(most, count), 0);
              return volume.start[axis] + (most ? counts.indexOf(most) : Math.floor(counts.length / 2));
            });
          }

          // Moves the cross-hair along an axis; whether it moved.
          move(axis, place) {
            const last = this.point[axis];
            this.point[axis] = Math.min(Math.max(place, 0), this.volume.count[axis] - 1);
            if (this.point[axis] === last) return false;
            this.refresh();
            return true;
          }

          // Draws once before the next frame, however much changes until then.
          refresh() {
            if (this.isWaiting) return;
            this.isWaiting = true;
            requestAnimationFrame(() => {
              this.isWaiting = false;
              this.views.forEach(view => view.draw());
              const {volume, point} = this;
              const [x, y, z] = volume.world(point).map(place => place.toFixed(1).replace(/^-(?=0\.0$)/, ""));
              this.position.textContent = `x ${x}, y ${y}, z ${z} mm`;
              this.index.textContent = volume.voxel(point).join(", ");
              this.value.textContent = volume.text(volume.scan, point);
              for (const layer of this.overlays) layer.output.textContent = volume.text(layer, point);
            });
          }

          // What a layer's codes look like, and which class each is of.
          prepare(layer) {
            // An uncertainty would hide the prediction.
            const isPrediction = other => other.role === "prediction";
            layer.isShown = layer.role !== "uncertainty" || !this.overlays.some(isPrediction);
            layer.opacity = 1;
            layer.tints = new Uint32Array(layer.levels + 1);
            layer.classOf = new Uint8Array(layer.levels + 1);
            const largest = valueOf(layer, layer.levels);
            for (let code = 1; code <= layer.levels; code++) {
              const value = valueOf(layer, code);
              const kind = layer.isLabels ? value : value > 0.5 ? 1 : 0;
              layer.classOf[code] = kind;
              if (layer.role === "uncertainty") {
                const share = largest > 0 ? Math.min(Math.max(value / largest, 0), 1) : 0;
                layer.tints[code] = pixel(this.volume.heat[Math.round(share * 16)], 0.9 * share);
              } else if (layer.role === "prediction" && !layer.isLabels) {
                layer.tints[code] = pixel(layer.colour, 0.7 * Math.min(Math.max(value, 0), 1));
              } else if (kind > 0) {
                layer.tints[code] = pixel(this.colour(layer, kind), layer.role === "mask" ? 0.2 : 0.55);
              }
            }
            if (layer.role === "uncertainty") layer.tints[0] = pixel(violet);
          }

          // The colour of a class: the layer's own where it has but one.
          colour(layer, kind) {
            const {colours} = this.volume;
            if (!layer.classes.some(other => other > 1)) return layer.colour;
            const colour = colours[(kind - 1) % colours.length];
            // A mask is lighter than a prediction of the same class.
            return layer.role === "mask" ? lighter(colour) : colour;
          }

          readings() {
            const entry = (name, meaning) => {
              const output = make("output", {}, {"aria-label": meaning});
              list.append(make("dt", {textContent: name, title: meaning}), make("dd", {}, {}, output));
              return output;
            };
            const list = make("dl");
            this.position = entry("Position", "Position in the world, by the affine");
            this.index = entry("Voxel (d, h, w)", "Voxel: depth, height, width, from 1");
            this.value = entry("Scan", "Value of the scan");
            const choice = make("select", {}, {"aria-label": "Convention"},
              make("option", {value: "radiological", textContent: "Radiological: right on the left"}),
              make("option", {value: "neurological", textContent: "Neurological: right on the right"}));
            choice.addEventListener("change", () => {
              this.isRadiological = choice.value === "radiological";
              this.refresh();
            });
            return make("div", {className: "readings"}, {}, list, choice);
          }

          windowControls() {
            const {scan} = this.volume, low = scan.low, range = scan.step * Math.max(scan.levels - 1, 1);
            const slider = (name, min, max) => {
              const input = make("input", {type: "range", min, max, step: "any"}), output = make("output");
              input.addEventListener("input", () => this.setWindow(this.level.valueAsNumber, this.width.valueAsNumber));
              rows.append(make("label", {}, {}, make("span", {textContent: name}), input, output));
              return Object.assign(input, {output});
            };
            const rows = make("div", {className: "sliders"}, {role: "group", "aria-label": "Window"});
            this.level = slider("Level", low, low + range);
            this.width = slider("Window", Math.min(scan.step, range / 100), range);
            const reset = make("button", {type: "button", textContent: "Reset window"});
            reset.addEventListener("click", () => this.resetWindow());
            rows.append(reset);
            return rows;
          }

          // The first and the 99th percentile of what is not background.
          resetWindow() {
            const [black, white] = this.volume.window;
            this.setWindow((black + white) / 2, Math.max(white - black, this.volume.scan.step));
          }

          setWindow(level, width) {
            const {scan} = this.volume;
            [this.level.value, this.width.value] = [level, width];
            this.level.output.textContent = number(level, scan.step);
            this.width.output.textContent = number(width, scan.step);
            this.greys = new Uint32Array(scan.levels + 1);
            this.greys[0] = pixel(violet);
            for (let code = 1; code <= scan.levels; code++) {
              const share = (valueOf(scan, code) - level) / width + 0.5;
              const grey = Math.round(Math.min(Math.max(share, 0), 1) * 255);
              this.greys[code] = (255 << 24 | grey << 16 | grey << 8 | grey) >>> 0;
            }
            this.refresh();
          }

          layerControls() {
            const rows = this.overlays.map(layer => {
              const box = make("input", {type: "checkbox", checked: layer.isShown});
              box.addEventListener("change", () => {
                layer.isShown = box.checked;
                this.refresh();
              });
              const opacity = make("input",
                {type: "range", min: 0, max: 1, step: 0.01, value: layer.opacity, title: "Opacity"},
                {"aria-label": `Opacity of ${layer.name}`});
              opacity.addEventListener("input", () => {
                layer.opacity = opacity.valueAsNumber;
                this.refresh();
              });
              layer.output = make("output", {}, {"aria-label": `Value of ${layer.name}`});
              return make("div", {className: "layer"}, {},
                make("label", {}, {}, box, make("span", {textContent: layer.name})), this.key(layer), opacity, layer.output);
            });
            return make("div", {className: "layers"}, {role: "group", "aria-label": "Overlays"}, ...rows);
          }

          // The colours of a layer: those of its first classes, or a bar with the largest value.
          key(layer) {
            const key = make("span", {className: "key"});
            const swatch = (background, text) => {
              const colour = make("i");
              colour.style.background = background;
              key.append(make("span", {}, {}, colour, ...(text ? [text] : [])));
            };
            if (layer.role === "uncertainty") {
              key.append("0 ");
              swatch(`linear-gradient(to right, ${this.volume.heat.join(", ")})`,
                ` ${Number(valueOf(layer, layer.levels).toPrecision(3))}`);
              key.classList.add("bar");
            } else if (layer.classes.length > 1) {
              for (const kind of layer.classes.slice(0, 8)) swatch(this.colour(layer, kind), this.volume.names[kind - 1] ?? `${kind}`);
              if (layer.classes.length > 8) key.append("...");
            } else {
              swatch(this.colour(layer, layer.classes[0] ?? 1));
            }
            return key;
          }
        }
        """#
}
