/* Draws every [data-chart] when it scrolls into view, from its JSON script element, in the colours of the theme. */
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

  /* light-dark() resolves only on an element in the document. */
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

  /* Options of every chart: animation, colours, tooltip. */
  function base(data, paint, say) {
    return {
      animation: !(window.wabolt && window.wabolt.reducedMotion()),
      animationDuration: 140,
      color: paint.palette,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: paint.muted },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: paint.surface, borderColor: paint.line,
        textStyle: { color: paint.text }, valueFormatter: say.full,
      },
    };
  }

  function xAxis(data, paint, more) {
    return Object.assign({
      type: "category", data: data.x, boundaryGap: data.kind === "bar", axisTick: { show: false },
      axisLine: { lineStyle: { color: paint.line } }, axisLabel: { color: paint.muted, fontSize: 13, hideOverlap: true },
    }, more);
  }

  function yAxis(data, paint, say, more) {
    return Object.assign({
      type: "value", splitNumber: 3, minInterval: data.unit === "share" ? 0 : 1,
      splitLine: { lineStyle: { color: paint.line } }, axisLabel: { color: paint.muted, fontSize: 13, formatter: say.axis },
    }, more);
  }

  /* Several rows of bars: a strip each under one time axis, with its name above it. Every strip has its own
     scale, because ten orders among a thousand messages would be a flat line otherwise. */
  function strips(data, height) {
    var paint = colors(), say = words(data);
    var foot = 24, head = 30, each = (height - foot) / data.series.length, last = data.series.length - 1;
    return Object.assign(base(data, paint, say), {
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      title: data.series.map(function (row, i) {
        return {
          text: "{dot|\u25cf} " + row.name, left: 0, top: i * each + 4, padding: 2,
          textStyle: {
            color: paint.text, fontSize: 14, fontWeight: 400,
            rich: { dot: { color: paint.palette[i], fontSize: 14 } },
          },
        };
      }),
      grid: data.series.map(function (row, i) { return { left: 48, right: 8, top: i * each + head, height: each - head - 12 }; }),
      xAxis: data.series.map(function (row, i) {
        return xAxis(data, paint, i === last ? { gridIndex: i } : { gridIndex: i, axisLabel: { show: false } });
      }),
      yAxis: data.series.map(function (row, i) { return yAxis(data, paint, say, { gridIndex: i, splitNumber: 1 }); }),
      series: data.series.map(function (row, i) {
        return {
          name: row.name, type: "bar", data: row.values, xAxisIndex: i, yAxisIndex: i, barMaxWidth: 28,
          itemStyle: { borderRadius: [4, 4, 0, 0] },
        };
      }),
    });
  }

  function colors() {
    return {
      text: color("text"), muted: color("muted"), line: color("line"), surface: color("surface"),
      palette: [color("primary"), color("amber"), color("good"), color("info")],
    };
  }

  function options(data, height) {
    var many = data.series.length > 1;
    if (many && data.kind === "bar") { return strips(data, height); }
    var paint = colors(), say = words(data), text = paint.text;
    return Object.assign(base(data, paint, say), {
      grid: { left: 4, right: many ? 96 : 24, top: 24, bottom: 4, containLabel: true },
      xAxis: xAxis(data, paint),
      yAxis: yAxis(data, paint, say),
      series: data.series.map(function (row) {
        var last = row.values.length - 1;
        var drawn = { name: row.name, type: data.kind === "bar" ? "bar" : "line", data: row.values };
        if (drawn.type === "bar") {
          return Object.assign(drawn, {
            barMaxWidth: 44, itemStyle: { borderRadius: [6, 6, 0, 0] },
            label: { show: row.values.length <= 8, position: "top", color: text, fontWeight: 600, formatter: function (p) { return say.axis(p.value); } },
            endLabel: { show: false },
          });
        }
        return Object.assign(drawn, {
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
    });
  }

  function draw(box) {
    var source = document.getElementById(box.dataset.chart);
    if (!source || box.dataset.drawn) { return; }
    box.dataset.drawn = "1";
    load(box.dataset.echarts).then(function (echarts) {
      var picture = echarts.init(box, null, { renderer: "svg" });
      var data = JSON.parse(source.textContent);
      picture.setOption(options(data, box.clientHeight));
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
    drawn.forEach(function (one) { one.picture.setOption(options(one.data, one.box.clientHeight), true); });
  });
  document.addEventListener("htmx:afterSettle", find);
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", find); } else { find(); }
})();
