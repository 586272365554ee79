// Shows the OpenAPI document; the address of the document is on the element.
"use strict";

const target = document.getElementById("swagger-ui");

window.SwaggerUIBundle({
  domNode: target,
  url: target.dataset.document,
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
