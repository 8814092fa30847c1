/* Finds QR codes in pictures of the camera, in a worker: the browser's own detector, or the one compiled from zxing-cpp.
   A worker has the policy of its own address, so pages allow no WebAssembly for it.
   In: { script, wasm } once, then { picture: ImageBitmap }. Out: { ready: true }, { failed: text } or { text: "" }. */
(function () {
  "use strict";
  var WANTED = { formats: ["qr_code"] };
  var detector = null;

  function ownDetector() {
    if (!self.BarcodeDetector) { return Promise.resolve(null); }
    return self.BarcodeDetector.getSupportedFormats().then(function (formats) {
      return formats.indexOf("qr_code") >= 0 ? new self.BarcodeDetector(WANTED) : null;
    });
  }

  function compiledDetector(parts) {
    importScripts(parts.script);
    var api = self.BarcodeDetectionAPI;
    var overrides = { locateFile: function () { return parts.wasm; } };
    return api.prepareZXingModule({ overrides: overrides, fireImmediately: true }).then(function () {
      return new api.BarcodeDetector(WANTED);
    });
  }

  function prepare(parts) {
    ownDetector().then(function (own) { return own || compiledDetector(parts); }).then(function (made) {
      detector = made;
      postMessage({ ready: true });
    }).catch(function (error) { postMessage({ failed: String(error) }); });
  }

  function read(picture) {
    detector.detect(picture).then(function (found) {
      postMessage({ text: found.length ? found[0].rawValue : "" });
    }).catch(function () {
      postMessage({ text: "" }); // a picture that cannot be read; the next one comes soon
    }).then(function () { picture.close(); });
  }

  self.onmessage = function (event) {
    if (event.data.picture) { read(event.data.picture); } else { prepare(event.data); }
  };
})();
