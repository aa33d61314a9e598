// The block in the editor: its settings, and what the server renders as its preview.
((wp, { options, labels }) => {
	const el = wp.element.createElement;
	const { Disabled, FormTokenField, PanelBody, SelectControl, TextControl } = wp.components;
	const bothWays = options.pairs.flatMap((pair) => [pair, pair.split("/").reverse().join("/")]);
	const ofCentralAsia = bothWays.filter((pair) => pair.split("/").some((code) => options.codes.includes(code)));
	// The first word of an option is its default.
	const words = { as: Object.keys(options.forms), ...options.words, lang: ["", ...options.words.lang] };
	const rare = ["digits", "per", "sign", "change", "unconfirmed", "speed", "fontsize", "sources", "labels", "pin"];

	// Drop what another form does not have, so that the server has nothing to complain about.
	function fitting(as, attributes) {
		const names = Object.keys(attributes).filter((name) => labels[name]);
		const kept = (name) => options.forms[as].includes(name) && (name !== "pair" || ofCentralAsia.includes(attributes.pair));
		return { ...Object.fromEntries(names.filter((name) => !kept(name)).map((name) => [name, undefined])), as };
	}

	function field(name, attributes, set) {
		const { [name]: value, as } = attributes;
		const { label, help, values = {} } = labels[name];
		const shared = { key: name, label, help, onChange: (text) => set(name === "as" ? fitting(text, attributes) : { [name]: text || undefined }) };
		if (name === "pairs") {
			const isKnown = (token) => bothWays.includes(token) || options.codes.includes(token);
			const change = (tokens) => set({ pairs: tokens.map((token) => token.toUpperCase()).filter(isKnown).join(",") || undefined });
			return el(
				"div",
				{ key: name, style: { marginBottom: "24px" } },
				el(FormTokenField, { label, value: value ? value.split(",") : [], suggestions: bothWays, maxSuggestions: 60, onChange: change, __experimentalShowHowTo: false, __experimentalExpandOnFocus: true }),
				el("p", { className: "components-base-control__help" }, help),
			);
		}
		if (name === "pair") {
			const pairs = as === "value" ? bothWays : ofCentralAsia;
			return el(SelectControl, { ...shared, value: value ?? "KZT/USD", options: pairs.map((pair) => ({ value: pair, label: pair })) });
		}
		if (words[name]) {
			const choices = words[name].map((word) => ({ value: word, label: values[word] ?? word }));
			return el(SelectControl, { ...shared, value: value ?? choices[0].value, options: choices });
		}
		const kind = { on: "date", speed: "number", fontsize: "number" }[name] ?? "text";
		return el(TextControl, { ...shared, type: kind, value: value ?? "" });
	}

	wp.blocks.registerBlockType("ratesvc/rates", {
		edit({ attributes, setAttributes }) {
			const names = ["as", ...(options.forms[attributes.as ?? "ticker"] ?? [])];
			const fields = (some) => some.map((name) => field(name, attributes, setAttributes));
			return el(
				"div",
				wp.blockEditor.useBlockProps(),
				el(
					wp.blockEditor.InspectorControls,
					{},
					el(PanelBody, {}, fields(names.filter((name) => !rare.includes(name)))),
					el(PanelBody, { title: labels.more.label, initialOpen: false }, fields(names.filter((name) => rare.includes(name)))),
				),
				el(Disabled, {}, el(wp.serverSideRender, { block: "ratesvc/rates", attributes })),
			);
		},
		save: () => null,
	});
})(window.wp, window.ratesvcRates);
