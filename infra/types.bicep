// Types of parameters that are objects.

type storageCategory = 'StorageRead' | 'StorageWrite' | 'StorageDelete'

@export()
@description('Which requests to the storage account of the data are kept, for each of its services. An empty list: none.')
type auditCategories = {
  table: storageCategory[]
  blob: storageCategory[]
  queue: storageCategory[]
}
