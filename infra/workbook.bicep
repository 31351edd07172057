// The workbook Postback of Application Insights: what the console shows at its top, here from the metrics of the meter Postback.
param location string
param tags object
param appInsightsName string

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(appInsights.id, 'postback') // has to be a guid; always the same one, so that a deployment changes it and adds none
  location: location
  tags: union(tags, { 'hidden-title': 'Postback' })
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'Postback'
    description: 'What arrives, what is quarantined or rejected and why, and what waits.'
    sourceId: appInsights.id
    version: 'Notebook/1.0'
    // The resource that it asks when it is opened from elsewhere, such as a shared link.
    serializedData: string(union(loadJsonContent('workbook.json'), { fallbackResourceIds: [appInsights.id] }))
  }
}
