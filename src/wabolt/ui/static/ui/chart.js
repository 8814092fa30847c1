/* Draws every [data-chart] once it comes into sight, from the JSON beside it, in the colours of the theme. */
(function () {
  "use strict";
  if (window.waboltCharts) { return; }
  window.waboltCharts = true;
  var library = null;
  var drawn = [];

  function load(src) {
    if (!library) {
      library = new Promise(function (resolve, reject) {
        var script = document.createElement("script");
        script.src = src;
        script.onload = function () { resolve(window.echarts); };
        script.onerror = reject;
        document.head.append(script);
      });
    }
    return library;
  }

  /* light-dark() resolves only on a real element, so ask one. */
  function color(name) {
    var probe = document.createElement("i");
    probe.className = "wb-probe wb-probe-" + name;
    document.body.append(probe);
    var value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  function words(data) {
    var locale = data.lang.indexOf("en") === 0 ? "en-GB" : "id-ID";
    var short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
    var full = new Intl.NumberFormat(locale);
    var sign = data.unit === "money" ? (data.symbol || "Rp") : "";
    return {
      axis: function (value) { return sign + short.format(value); },
      full: function (value) { return sign + full.format(value); },
    };
  }

  function options(data) {
    var text = color("text"), muted = color("muted"), line = color("line"), surface = color("surface");
    var palette = [color("primary"), color("amber"), color("good"), color("info")];
    var say = words(data);
    var still = window.wabolt && window.wabolt.reducedMotion();
    var many = data.series.length > 1;
    var named = many && data.kind !== "bar";
    return {
      animation: !still,
      animationDuration: 140,
      color: palette,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: muted },
      grid: { left: 4, right: named ? 96 : 24, top: many && !named ? 40 : 24, bottom: 4, containLabel: true },
      /* Lines carry their name at their end; bars have no end, so their names stand above. */
      legend: { show: many && !named, left: 0, top: 0, icon: "circle", itemWidth: 10, itemHeight: 10, textStyle: { color: text, fontSize: 14 } },
      tooltip: {
        trigger: "axis", renderMode: "richText", backgroundColor: surface, borderColor: line,
        textStyle: { color: text }, valueFormatter: say.full,
      },
      xAxis: {
        type: "category", data: data.x, boundaryGap: data.kind === "bar", axisTick: { show: false },
        axisLine: { lineStyle: { color: line } }, axisLabel: { color: muted, fontSize: 13, hideOverlap: true },
      },
      yAxis: {
        type: "value", splitNumber: 3, minInterval: data.unit === "share" ? 0 : 1, splitLine: { lineStyle: { color: line } },
        axisLabel: { color: muted, fontSize: 13, formatter: say.axis },
      },
      series: data.series.map(function (row) {
        var last = row.values.length - 1;
        var base = { name: row.name, type: data.kind === "bar" ? "bar" : "line", data: row.values };
        if (base.type === "bar") {
          return Object.assign(base, {
            barMaxWidth: 44, itemStyle: { borderRadius: [6, 6, 0, 0] },
            label: { show: row.values.length <= 8 && !many, position: "top", color: text, fontWeight: 600, formatter: function (p) { return say.axis(p.value); } },
            endLabel: { show: false },
          });
        }
        return Object.assign(base, {
          symbol: "circle", symbolSize: 7, showSymbol: row.values.length <= 16, lineStyle: { width: 2.5 },
          areaStyle: many ? undefined : { opacity: 0.08 },
          label: { show: false },
          endLabel: { show: many, color: text, formatter: "{a}" },
          markPoint: many ? undefined : {
            symbol: "circle", symbolSize: 1, silent: true,
            data: [{ coord: [last, row.values[last]], value: row.values[last] }],
            label: { show: true, position: [-8, -22], align: "right", color: text, fontWeight: 650, fontSize: 14, formatter: function (p) { return say.full(p.value); } },
          },
        });
      }),
    };
  }

  function draw(box) {
    var source = document.getElementById(box.dataset.chart);
    if (!source || box.dataset.drawn) { return; }
    box.dataset.drawn = "1";
    load(box.dataset.echarts).then(function (echarts) {
      var picture = echarts.init(box, null, { renderer: "svg" });
      var data = JSON.parse(source.textContent);
      picture.setOption(options(data));
      drawn.push({ box: box, picture: picture, data: data });
      new ResizeObserver(function () { picture.resize(); }).observe(box);
    }, function () { box.hidden = true; });
  }

  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { seen.unobserve(entry.target); draw(entry.target); }
    });
  }, { rootMargin: "200px" });
  function find() {
    drawn = drawn.filter(function (one) {
      if (one.box.isConnected) { return true; }
      one.picture.dispose();
      return false;
    });
    document.querySelectorAll("[data-chart]:not([data-drawn])").forEach(function (box) { seen.observe(box); });
  }
  document.addEventListener("wb:theme", function () {
    drawn.forEach(function (one) { one.picture.setOption(options(one.data), true); });
  });
  document.addEventListener("htmx:afterSettle", find);
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", find); } else { find(); }
})();
